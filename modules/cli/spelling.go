package cli

import "slices"

// spelled turns what people type out of habit into what the parser knows:
// --version, and help COMMAND.
func spelled(args []string) []string {
	if len(args) == 0 {
		return args
	}
	switch args[0] {
	case "--version":
		return slices.Concat([]string{"version"}, args[1:])
	case "-v", "-V":
		if len(args) == 1 {
			return []string{"version"}
		}
	case "help":
		return slices.Concat(args[1:], []string{"--help"})
	}
	return args
}
