package mesh

// Command is a process to start.
type Command struct {
	// Argv is the program and its arguments.
	Argv []string
	// Env is the whole environment, as NAME=value.
	Env []string
	// Dir is the working folder; it exists.
	Dir string
	// Ready is a URL on the node that answers 200 once the process does its work.
	Ready string
}
