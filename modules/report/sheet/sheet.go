// Package sheet writes tables and charts as one HTML file that needs nothing
// beside it: no script, no font, no address. It follows the reader's light or
// dark scheme. What a page of one Rollout is to package page, this is to
// comparisons of many.
package sheet

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/chart"
)

//go:embed sheet.html
var source string

//go:embed sheet.css
var style string

var page = template.Must(template.New("sheet").Funcs(template.FuncMap{"clean": report.Clean}).Parse(source))

// Sheet is a page.
type Sheet struct {
	Title string
	// About are paragraphs below the title.
	About    []string
	Sections []Section
}

// Section is a part of the page; what is empty is left out.
type Section struct {
	Title, About string
	Chart        *chart.Chart
	// Height is the chart's, in pixels; zero takes 260.
	Height int
	// Head and Rows are a table whose first column is names.
	Head []string
	Rows [][]string
	// Notes are what each name means, in words.
	Notes []Note
}

// Note is a name and what it means.
type Note struct{ Name, Words string }

// Drawn is the chart.
func (s Section) Drawn() template.HTML {
	if s.Chart == nil {
		return ""
	}
	height := s.Height
	if height == 0 {
		height = 260
	}
	return template.HTML(s.Chart.SVG(860, height)) //nolint:gosec // the chart escapes all text in it
}

// Write writes the page.
func Write(w io.Writer, s Sheet) error {
	err := page.Execute(w, map[string]any{
		"Sheet": s, "Style": template.CSS(chart.CSS + style), //nolint:gosec // both are our own constants
	})
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
