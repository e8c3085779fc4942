package main

import (
	"go/ast"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// longest a first line may be, beside the names that `dagger functions` puts in
// front of it.
const longest = 84

// `dagger functions` shows the first line of a comment and no more of it; --help
// shows an argument's comment, in which backquotes would name the value.
func TestDaggerModuleHelpReads(t *testing.T) {
	eachFunction(t, func(name string, fn *ast.FuncDecl, in source) {
		lines := strings.Split(fn.Doc.Text(), "\n")
		readable(t, name, lines)
		if first, _, _ := strings.Cut(lines[0], " "); strings.TrimSuffix(first, "'s") == fn.Name.Name && spokenOf(lines[0]) {
			t.Errorf("%s: %q begins with Go's name, which nobody types", name, lines[0])
		}
		if len(lines) > 1 && lines[1] != "" && !strings.HasPrefix(lines[1], "+") {
			t.Errorf("%s: the first line goes on in the second: %q", name, lines[1])
		}
		for _, field := range fn.Type.Params.List {
			if !isContext(field) {
				readable(t, name+" "+field.Names[0].Name, strings.Split(in.above(field).Text(), "\n"))
			}
		}
	})
}

// Fields of objects are functions in `dagger functions`.
func TestDaggerModuleFieldsRead(t *testing.T) {
	seen := 0
	eachField(t, func(name string, field *ast.Field) {
		seen++
		readable(t, name, strings.Split(field.Doc.Text(), "\n"))
	})
	if seen < 5 {
		t.Errorf("found %d fields, which cannot be all", seen)
	}
}

// eachField visits the fields of objects that callers see.
func eachField(t *testing.T, visit func(name string, field *ast.Field)) {
	files, err := filepath.Glob("ci/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, ".gen.go") {
			continue
		}
		ast.Inspect(parse(t, path).File, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() {
				return true
			}
			object, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range object.Fields.List {
				if field.Names[0].IsExported() && !strings.Contains(field.Doc.Text(), "+private") {
					visit(spec.Name.Name+"."+field.Names[0].Name, field)
				}
			}
			return true
		})
	}
}

// readable wants a first line that is a whole sentence.
func readable(t *testing.T, what string, lines []string) {
	t.Helper()
	switch first := lines[0]; {
	case !strings.HasSuffix(first, "."):
		t.Errorf("%s: the first line is no whole sentence: %q", what, first)
	case len(first) > longest:
		t.Errorf("%s: the first line has %d letters, more than %d: %q", what, len(first), longest, first)
	}
	if strings.Contains(strings.Join(lines, "\n"), "`") {
		t.Errorf("%s: backquotes become a flag's type", what)
	}
}

// spokenOf tells "Build makes an image." from "Build an image."
func spokenOf(line string) bool {
	words := strings.Fields(line)
	return len(words) > 1 && (words[1] == "is" || words[1] == "are" || strings.HasSuffix(words[1], "s") && words[1] != "manifests")
}

// One thing has one name and one type, whichever function takes it.
func TestDaggerModuleNamesThingsAlike(t *testing.T) {
	types := map[string]string{"file": "string", "manifests": "[]string", "namespace": "string", "name": "string", "allowFailure": "bool", "allowNoTests": "bool", "source": "dagger.Directory"}
	instead := map[string]string{"kustomize": "manifests", "files": "manifests", "release": "file", "releaseFile": "file", "ns": "namespace"}
	eachFunction(t, func(name string, fn *ast.FuncDecl, _ source) {
		for _, field := range fn.Type.Params.List {
			for _, arg := range field.Names {
				if better, ok := instead[arg.Name]; ok {
					t.Errorf("%s takes %s; others call it %s", name, arg.Name, better)
				}
				if want, ok := types[arg.Name]; ok && typeName(field.Type) != want {
					t.Errorf("%s takes %s as %s; others as %s", name, arg.Name, typeName(field.Type), want)
				}
			}
		}
	})
}

// A call whose verdict is bad fails, unless its caller says otherwise.
func TestDaggerModuleResultsCanBeHadWhateverTheVerdict(t *testing.T) {
	onlyTell := []string{"Cluster.List", "Cluster.Pause", "Cluster.Plan", "Cluster.Status"}
	eachFunction(t, func(name string, fn *ast.FuncDecl, _ source) {
		if fn.Type.Results == nil || typeName(fn.Type.Results.List[0].Type) != "Result" || slices.Contains(onlyTell, name) {
			return
		}
		params := fn.Type.Params.List
		last := params[len(params)-1]
		if last.Names[0].Name != "allowFailure" {
			t.Errorf("%s has a verdict and takes no allowFailure at its end", name)
		}
		if !strings.Contains(fn.Doc.Text(), "fails") || !strings.Contains(fn.Doc.Text(), "summary") {
			t.Errorf("%s does not say when the call fails and how to end it", name)
		}
	})
}

// An object that holds a container is gone for later sessions when the session that
// made it failed, as it does for a bad verdict: a later call of the same arguments
// would be told of a "missing shared result" for as long as the engine lives.
func TestDaggerModuleObjectsWithContainersAreOfOneSession(t *testing.T) {
	eachFunction(t, func(name string, fn *ast.FuncDecl, _ source) {
		if fn.Type.Results == nil || !slices.Contains([]string{"Result", "Image"}, typeName(fn.Type.Results.List[0].Type)) {
			return
		}
		doc := fn.Doc.Text()
		if !strings.Contains(doc, `+cache="session"`) && !strings.Contains(doc, `+cache="never"`) {
			t.Errorf("%s gives an object that may hold a container, and is cached beyond its session", name)
		}
	})
}

// typeName is a type without its star.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.ArrayType:
		return "[]" + typeName(e.Elt)
	case *ast.SelectorExpr:
		return typeName(e.X) + "." + e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}
