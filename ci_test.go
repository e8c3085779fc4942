package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The Dagger module is a Go module of its own, which `go test ./...` does not
// enter.
func TestDaggerModuleBuildsWithoutEngine(t *testing.T) {
	for _, verb := range []string{"build", "vet"} {
		cmd := exec.CommandContext(t.Context(), "go", verb, "./...")
		cmd.Dir = "ci"
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly -buildvcs=false")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s in ci/: %v\n%s", verb, err, out)
		}
	}
}

// What the engine can call is what its generated code dispatches.
func TestDaggerModuleGeneratedCodeFitsFunctions(t *testing.T) {
	want, got := functions(t), dispatched(t)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if args, ok := got[name]; !ok {
			t.Errorf("%s is not in ci/dagger.gen.go: run `dagger develop` and commit", name)
		} else if !slices.Equal(args, want[name]) {
			t.Errorf("%s takes %v, ci/dagger.gen.go gives it %v: run `dagger develop` and commit", name, want[name], args)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("ci/dagger.gen.go has %s, which is not there any more: run `dagger develop` and commit", name)
		}
	}
	if len(want) < 10 {
		t.Errorf("found %d functions in ci/, which cannot be all", len(want))
	}
}

// People read what a function does and what it takes in `dagger functions` and
// --help.
func TestDaggerModuleDocumentsEverything(t *testing.T) {
	eachFunction(t, func(name string, fn *ast.FuncDecl, in source) {
		if strings.TrimSpace(fn.Doc.Text()) == "" {
			t.Errorf("%s has no doc comment", name)
		}
		for _, field := range fn.Type.Params.List {
			if !isContext(field) && words(in.above(field)) == "" {
				t.Errorf("%s: argument %s has no comment", name, field.Names[0].Name)
			}
		}
	})
}

// source is a parsed file.
type source struct {
	*ast.File
	lines *token.FileSet
}

// above is the comment that ends on the line before a field; the parser gives
// parameters none.
func (s source) above(field *ast.Field) *ast.CommentGroup {
	line := s.lines.Position(field.Pos()).Line
	for _, c := range s.Comments {
		if s.lines.Position(c.End()).Line == line-1 {
			return c
		}
	}
	return nil
}

// functions are the exported methods of the module's objects, and their
// arguments.
func functions(t *testing.T) map[string][]string {
	all := map[string][]string{}
	eachFunction(t, func(name string, fn *ast.FuncDecl, _ source) {
		args := []string{}
		for _, field := range fn.Type.Params.List {
			if isContext(field) {
				continue
			}
			for _, n := range field.Names {
				args = append(args, n.Name)
			}
		}
		slices.Sort(args)
		all[name] = args
	})
	return all
}

func eachFunction(t *testing.T, visit func(name string, fn *ast.FuncDecl, in source)) {
	files, err := filepath.Glob("ci/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, ".gen.go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		in := parse(t, path)
		for _, decl := range in.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			switch {
			case !ok || !fn.Name.IsExported():
			case fn.Recv == nil && fn.Name.Name == "New":
				visit("Headgate.", fn, in) // the constructor has no name of its own
			case fn.Recv != nil && ast.IsExported(receiver(fn)):
				visit(receiver(fn)+"."+fn.Name.Name, fn, in)
			}
		}
	}
}

// dispatched are the cases of the generated code's invoke, and the arguments
// that it reads for each.
func dispatched(t *testing.T) map[string][]string {
	all := map[string][]string{}
	ast.Inspect(parse(t, "ci/dagger.gen.go").File, func(n ast.Node) bool {
		fn, ok := n.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "invoke" {
			return true
		}
		eachCase(fn.Body, "parentName", func(object string, body ast.Node) {
			eachCase(body, "fnName", func(function string, body ast.Node) {
				all[object+"."+function] = arguments(body)
			})
		})
		return false
	})
	return all
}

// eachCase visits the string cases of switches over a variable.
func eachCase(in ast.Node, variable string, visit func(value string, body ast.Node)) {
	ast.Inspect(in, func(n ast.Node) bool {
		sw, ok := n.(*ast.SwitchStmt)
		if !ok {
			return true
		}
		if tag, ok := sw.Tag.(*ast.Ident); !ok || tag.Name != variable {
			return true
		}
		for _, stmt := range sw.Body.List {
			clause := stmt.(*ast.CaseClause)
			for _, e := range clause.List {
				if lit, ok := e.(*ast.BasicLit); ok {
					value, _ := strconv.Unquote(lit.Value)
					visit(value, &ast.BlockStmt{List: clause.Body})
				}
			}
		}
		return false
	})
}

// arguments are the keys that are read of inputArgs.
func arguments(in ast.Node) []string {
	seen := map[string]bool{}
	ast.Inspect(in, func(n ast.Node) bool {
		index, ok := n.(*ast.IndexExpr)
		if !ok {
			return true
		}
		if of, ok := index.X.(*ast.Ident); !ok || of.Name != "inputArgs" {
			return true
		}
		if lit, ok := index.Index.(*ast.BasicLit); ok {
			name, _ := strconv.Unquote(lit.Value)
			seen[name] = true
		}
		return true
	})
	return slices.Sorted(maps.Keys(seen))
}

func parse(t *testing.T, path string) source {
	t.Helper()
	lines := token.NewFileSet()
	file, err := parser.ParseFile(lines, path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return source{file, lines}
}

func receiver(fn *ast.FuncDecl) string {
	typ := fn.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	return typ.(*ast.Ident).Name
}

func isContext(field *ast.Field) bool {
	sel, ok := field.Type.(*ast.SelectorExpr)
	return ok && fmt.Sprint(sel.X, ".", sel.Sel) == "context.Context"
}

// words is a comment without the engine's directives.
func words(doc *ast.CommentGroup) string {
	var b strings.Builder
	for _, line := range strings.Split(doc.Text(), "\n") {
		if !strings.HasPrefix(line, "+") {
			b.WriteString(line)
		}
	}
	return strings.TrimSpace(b.String())
}
