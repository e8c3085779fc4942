package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Folder holds images as JSON files. It is read at every Resolve.
type Folder string

// Resolve finds the image with this reference.
func (f Folder) Resolve(ref string) (Image, error) {
	files, err := filepath.Glob(filepath.Join(string(f), "*.json"))
	if err != nil {
		return Image{}, fmt.Errorf("images in %s: %w", f, err)
	}
	for _, file := range files {
		img, err := read(file)
		if err != nil {
			return Image{}, err
		}
		if canonical(img.Ref) == canonical(ref) {
			return img, nil
		}
	}
	return Image{}, &NotFoundError{Ref: ref}
}

func read(file string) (Image, error) {
	data, err := os.ReadFile(file) //nolint:gosec // one of the folder's files
	if err != nil {
		return Image{}, fmt.Errorf("read image: %w", err)
	}
	var img Image
	if err := json.Unmarshal(data, &img); err != nil {
		return Image{}, fmt.Errorf("image file %s: %w", file, err)
	}
	return img, nil
}

// Chain asks several resolvers in turn.
type Chain []Resolver

// Resolve returns the first image found.
func (c Chain) Resolve(ref string) (Image, error) {
	for _, r := range c {
		img, err := r.Resolve(ref)
		var missing *NotFoundError
		if !errors.As(err, &missing) {
			return img, err
		}
	}
	return Image{}, &NotFoundError{Ref: ref}
}
