package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// old is where the host's file system hangs while the new root is built.
const old = "/.host"

// systemFolders are the host's folders that a command needs to run at all. What
// somebody installed below /usr/local stays out, so that images can put files
// there and see nothing else.
var systemFolders = []string{
	"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix",
	"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/libexec", "/usr/share",
	"/etc/alternatives", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/localtime",
	"/etc/mime.types", "/etc/services", "/etc/protocols",
}

// buildRoot makes a file system of its own for the calling process, which must
// be in a new mount namespace, and goes there.
func buildRoot(spec Spec) error {
	steps := []struct {
		name string
		do   func(Spec) error
	}{
		{"change root", pivot},
		{"system folders", system},
		{"/proc and /dev", devices},
		{"files", files},
		{"mounts", mounts},
		{"leave the host's files", detach},
		{"read-only mounts", readOnly},
	}
	for _, step := range steps {
		if err := step.do(spec); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// pivot goes to an empty root, below which the host's is still to be seen.
// Building comes after, so that symbolic links mean what they will mean later.
func pivot(spec Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", spec.Root, "tmpfs", unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs on %s: %w", spec.Root, err)
	}
	if err := os.Mkdir(filepath.Join(spec.Root, old), 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(spec.Root, filepath.Join(spec.Root, old)); err != nil {
		return fmt.Errorf("pivot_root to %s: %w", spec.Root, err)
	}
	return unix.Chdir("/")
}

func system(Spec) error {
	for _, path := range systemFolders {
		info, err := os.Lstat(old + path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode()&os.ModeSymlink != 0 {
			err = copyLink(path)
		} else {
			err = mount(Mount{Source: path, Target: path, ReadOnly: true, Foreign: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// folder and write make what every user can read: the command runs as anybody.
func folder(path string) error {
	return os.MkdirAll(path, 0o755) //nolint:gosec // see above
}

func write(path, text string) error {
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // see above
}

func copyLink(path string) error {
	to, err := os.Readlink(old + path)
	if err != nil {
		return err
	}
	if err := folder(filepath.Dir(path)); err != nil {
		return err
	}
	return os.Symlink(to, path)
}

func files(spec Spec) error {
	for _, dir := range []string{"/tmp", "/var/tmp", "/run", "/var/run", "/root"} {
		if err := folder(dir); err != nil {
			return err
		}
	}
	for _, dir := range []string{"/tmp", "/var/tmp"} {
		if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
			return err
		}
	}
	if err := folder(orRoot(spec.Dir)); err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	for path, text := range spec.Files {
		if err := folder(filepath.Dir(path)); err != nil {
			return err
		}
		if err := write(path, text); err != nil {
			return err
		}
	}
	return nil
}

// mounts binds the Pod's volumes, outer ones first.
func mounts(spec Spec) error {
	slices.SortFunc(spec.Mounts, func(a, b Mount) int { return strings.Compare(a.Target, b.Target) })
	for _, m := range spec.Mounts {
		if err := mount(m); err != nil {
			return err
		}
	}
	return nil
}

func mount(m Mount) error {
	if err := mountPoint(m); err != nil {
		return fmt.Errorf("mount point %s: %w", m.Target, err)
	}
	flags := uintptr(unix.MS_BIND)
	if m.Foreign {
		flags |= unix.MS_REC
	}
	if err := unix.Mount(old+m.Source, m.Target, "", flags, ""); err != nil {
		return fmt.Errorf("mount %s on %s: %w", m.Source, m.Target, err)
	}
	if m.ReadOnly && m.Foreign {
		return protect(m.Target, unix.AT_RECURSIVE)
	}
	return nil
}

// mountPoint makes an empty folder, or an empty file for a file.
func mountPoint(m Mount) error {
	info, err := os.Stat(old + m.Source)
	if err != nil {
		return err
	}
	if _, err := os.Stat(m.Target); err == nil {
		return nil
	}
	if info.IsDir() {
		return folder(m.Target)
	}
	if err := folder(filepath.Dir(m.Target)); err != nil {
		return err
	}
	return write(m.Target, "")
}

func detach(Spec) error {
	if err := unix.Unmount(old, unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(old)
}

// readOnly comes last: a volume may be mounted inside of a read-only one, and
// its mount point had to be made there.
func readOnly(spec Spec) error {
	for _, m := range spec.Mounts {
		if m.ReadOnly && !m.Foreign {
			if err := protect(m.Target, 0); err != nil {
				return err
			}
		}
	}
	if spec.ReadOnlyRoot {
		return protect("/", 0)
	}
	return nil
}

func protect(path string, flags uint) error {
	err := unix.MountSetattr(unix.AT_FDCWD, path, flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
	if errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("make %s read-only: the kernel is too old, Linux 5.12 is needed", path)
	}
	if err != nil {
		return fmt.Errorf("make %s read-only: %w", path, err)
	}
	return nil
}
