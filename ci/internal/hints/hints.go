// Package hints puts what the headgate program tells people to type into the
// words of whoever calls the module, and may have no such program.
package hints

import (
	"regexp"
	"slices"
	"strings"
)

// quoted is a command line in what the program says. Text that was laid out for a
// terminal may break it anywhere between two words.
var quoted = regexp.MustCompile("`headgate\\s+([^`]{1,300})`")

// Said is a text in which the program's commands are calls of the module. What
// was typed in front of the function is left out: only the caller knows it.
func Said(text string) string {
	return quoted.ReplaceAllStringFunc(text, func(match string) string {
		words := strings.Fields(quoted.FindStringSubmatch(match)[1])
		return "`" + strings.Join(call(words[0], words[1:]), " ") + "`"
	})
}

// ofRelease are the functions whose first argument is a Release's name.
var ofRelease = []string{"promote", "rollback", "resume", "pause", "status", "gate", "verify"}

// others are the functions that have none.
var others = []string{"run", "plan", "list", "diff", "drift", "apply", "analyze"}

// renamed are commands whose function has another name.
var renamed = map[string]string{"attach": "status", "abort": "rollback", "undo": "rollback"}

// flags are those that people write short, and one that no function has.
var flags = map[string]string{"-n": "--namespace", "-A": "--all-namespaces", "-f": "--file", "-k": "--manifests", "--follow": "", "--release": "--file"}

func call(verb string, args []string) []string {
	if to, ok := renamed[verb]; ok {
		verb = to
	}
	named := slices.Contains(ofRelease, verb)
	if !named && !slices.Contains(others, verb) || slices.Contains(args, "--history") {
		return inContainer(verb, args)
	}
	if verb == "apply" {
		verb = "deploy"
	}
	out := []string{"dagger", "call", "…", verb}
	for i, arg := range args {
		long, known := flags[arg]
		switch {
		case known && long == "":
		case known:
			out = append(out, long)
		case named && !strings.HasPrefix(arg, "-") && (i == 0 || args[i-1] != "-n"):
			out = append(out, "--name", arg)
		default:
			out = append(out, arg)
		}
	}
	return out
}

// inContainer runs a command that no function does in the container of cli.
func inContainer(verb string, args []string) []string {
	return []string{"dagger", "call", "…", "cli", "with-exec", "--args", strings.Join(append([]string{"headgate", verb}, args...), ","), "stdout"}
}
