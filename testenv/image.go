package testenv

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/headgate-ci/headgate/testenv/internal/node/image"
	"github.com/headgate-ci/headgate/testenv/internal/supervisor"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// Image is what Pods mean by an image reference: a program of this machine,
// with arguments and environment variables.
type Image = image.Image

// LoadImage lets Pods of the environment use an image. One of the same
// reference is replaced; containers that run are not touched.
func (e *Env) LoadImage(img Image) error { return loadImage(supervisor.Images(e.Dir), img) }

// LoadSample lets Pods use the sample service with other settings, under a tag
// of its own. The settings are its environment variables.
func (e *Env) LoadSample(tag string, settings map[string]string) error {
	env := map[string]string{"SAMPLE_VERSION": tag}
	maps.Copy(env, settings)
	return e.LoadImage(Image{Ref: sample.Ref(tag), Command: []string{supervisor.Program(e.Dir), sampleCommand}, Env: env})
}

func loadImage(dir string, img Image) error {
	if img.Ref == "" || len(img.Command) == 0 {
		return errors.New("load image: a reference and a program are needed: load REF PROGRAM [ARG ...]")
	}
	path, err := exec.LookPath(img.Command[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err == nil {
		img.Command = append([]string{path}, img.Command[1:]...)
		err = writeImage(dir, img)
	}
	if err != nil {
		return fmt.Errorf("load image %s: %w", img.Ref, err)
	}
	return nil
}

// writeImage stores an image under a name that follows from its reference.
func writeImage(dir string, img Image) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	data, err := json.MarshalIndent(img, "", "  ")
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(img.Ref))
	return replace(filepath.Join(dir, hex.EncodeToString(sum[:8])+".json"), data)
}

// replace writes a file that is there as a whole or not at all, whoever else
// writes it at the same time.
func replace(path string, data []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), "*.part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) //nolint:errcheck // renamed by then, or useless
	_, err = part.Write(data)
	if err := errors.Join(err, part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// sampleImages are those of the sample service, played by this program.
func sampleImages(program string) []Image {
	var images []Image
	for _, s := range sample.Images(program) {
		images = append(images, Image{Ref: s.Ref, Command: s.Command, Env: s.Env})
	}
	return images
}
