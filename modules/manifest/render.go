package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Source says which manifests are meant and what is put into them.
type Source struct {
	// Paths are files, folders, folders with a kustomization, and Stdin.
	Paths []string
	// Recursive looks into the folders below those without a kustomization.
	Recursive bool
	Stdin     io.Reader
	Images    []Image
	Variables Variables
}

// Rendered are objects and where they were written.
type Rendered struct {
	Objects []*unstructured.Unstructured
	origins map[string]Origin
}

// Origin is where an object was written; the zero Origin when that is unknown.
func (r *Rendered) Origin(obj *unstructured.Unstructured) Origin {
	if o, ok := r.origins[key(obj)]; ok {
		return o
	}
	bare := obj.DeepCopy() // a namespace may have been added meanwhile
	bare.SetNamespace("")
	return r.origins[key(bare)]
}

// Has says whether an object is among them; one without a namespace is in any.
func (r *Rendered) Has(kind, namespace, name string) bool {
	return slices.ContainsFunc(r.Objects, func(o *unstructured.Unstructured) bool {
		ns := o.GetNamespace()
		return o.GetKind() == kind && o.GetName() == name && (ns == namespace || ns == "")
	})
}

// Render reads the manifests, and puts in variables and images. Nothing is
// written to the files.
func Render(s Source) (*Rendered, error) {
	texts, err := s.read()
	if err != nil {
		return nil, err
	}
	out := &Rendered{origins: map[string]Origin{}}
	var errs []error
	for _, t := range texts {
		objs, err := s.Variables.substitute(t)
		errs = append(errs, err)
		out.Objects = append(out.Objects, objs...)
		out.trace(t, objs)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(out.Objects) == 0 {
		return nil, errors.New("the manifests hold no object")
	}
	if err := once(out); err != nil {
		return nil, err
	}
	if err := setImages(out.Objects, s.Images); err != nil {
		return nil, err
	}
	return out, unfilled(out.Objects)
}

func (s Source) read() ([]text, error) {
	var out []text
	for _, path := range s.Paths {
		texts, err := readPath(path, s.Recursive, s.Stdin)
		if err != nil {
			return nil, err
		}
		out = append(out, texts...)
	}
	return out, nil
}

// trace notes where objects were written.
func (r *Rendered) trace(t text, objs []*unstructured.Unstructured) {
	if t.origins != nil {
		for k, o := range t.origins {
			r.origins[k] = o
		}
		return
	}
	lines := documents(t.data)
	for _, obj := range objs {
		o := Origin{File: t.name}
		for _, d := range lines {
			if h := d.head(); h.Kind == obj.GetKind() && h.Metadata.Name == obj.GetName() {
				o.Line, o.document = d.line, d.data
				break
			}
		}
		r.origins[key(obj)] = o
	}
}

// once complains about an object that is there twice: the later one would win
// without a word.
func once(r *Rendered) error {
	seen := map[string]bool{}
	for _, obj := range r.Objects {
		k := key(obj)
		if seen[k] {
			return fmt.Errorf("the manifests hold %s twice (%s); keep one", Describe(obj), r.Origin(obj))
		}
		seen[k] = true
	}
	return nil
}

// WriteYAML writes objects as a stream of documents.
func WriteYAML(w io.Writer, objs []*unstructured.Unstructured) error {
	for i, obj := range objs {
		data, err := yaml.Marshal(obj.Object)
		if err != nil {
			return fmt.Errorf("encode %s: %w", Describe(obj), err)
		}
		if i > 0 {
			data = append([]byte("---\n"), data...)
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes objects as one List.
func WriteJSON(w io.Writer, objs []*unstructured.Unstructured) error {
	items := make([]any, 0, len(objs))
	for _, obj := range objs {
		items = append(items, obj.Object)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}
