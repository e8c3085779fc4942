package reexec

// Program is the path of this very program, also when its file was replaced or
// removed since it was started.
func Program() string { return "/proc/self/exe" }
