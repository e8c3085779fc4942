package proc

import (
	"bytes"
	"io"
	"os"
)

// shown is how much of a log stands in an error, in bytes.
const shown = 1500

// Tail is the end of a log file, in whole lines; empty when it cannot be read.
func Tail(path string) string {
	f, err := os.Open(path) //nolint:gosec // a log of ours
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // only read
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return ""
	}
	from := max(0, size-shown)
	text := make([]byte, size-from)
	n, _ := f.ReadAt(text, from)
	text = text[:n]
	if line := bytes.IndexByte(text, '\n'); from > 0 && line >= 0 {
		text = text[line+1:]
	}
	return string(bytes.TrimSpace(text))
}
