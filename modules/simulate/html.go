package simulate

import "io"

func HTML(w io.Writer, r *Result) error { return nil }
