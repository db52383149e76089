package portal

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed all:templates/empty
var templates embed.FS

// Templates are what a portal can be started from.
func Templates() []string { return []string{"demo", "empty"} }

// Init makes a portal folder. from is demo or empty; "" means empty. A folder that has a portal.yaml is refused, and so is
// one that has any of the files that would be written: nothing is ever overwritten. What is written appears at once or
// not at all. Errors are *Error.
func Init(dir, from string) error {
	fsys, err := template(from)
	if err != nil {
		return err
	}
	files, _, err := contents(fsys)
	if err != nil {
		return &Error{Code: "unreadable", Message: "the template cannot be read from this binary: " + reason(err), Cause: err}
	}
	if !slices.ContainsFunc(files, func(f file) bool { return f.path == ".gitignore" }) {
		files = append(files, file{".gitignore", []byte(StateName + "/\n")})
	}
	if dir == "" {
		dir = "."
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return cannotWrite(dir, err)
	}
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return initNew(dir, root, files)
	case err != nil:
		return &Error{Code: "unreadable", Message: fmt.Sprintf("the folder %s cannot be read: %s", dir, reason(err)), Cause: err}
	case !info.IsDir():
		return &Error{Code: "not_a_folder", Message: fmt.Sprintf("%s is a file; a portal is a folder", dir), Hint: "name another folder"}
	}
	return initInto(dir, root, files)
}

func template(from string) (fs.FS, error) {
	switch from {
	case "demo":
		return demoFS()
	case "", "empty":
		fsys, err := fs.Sub(templates, "templates/empty")
		if err != nil {
			return nil, &Error{Code: "unreadable", Message: "the template is missing from this binary: " + reason(err), Cause: err}
		}
		return fsys, nil
	}
	return nil, &Error{Code: "unknown_template", Message: fmt.Sprintf("there is no template %q", from), Hint: "use --from " + strings.Join(Templates(), " or --from ")}
}

// initNew writes a folder that does not exist yet beside its place and renames it there.
func initNew(dir, root string, files []file) error {
	parent := filepath.Dir(root)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return cannotWrite(parent, err)
	}
	temp, err := os.MkdirTemp(parent, ".askflow-init-*")
	if err != nil {
		return cannotWrite(parent, err)
	}
	defer os.RemoveAll(temp)
	if err := writeTree(temp, files); err != nil {
		return cannotWrite(dir, err)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	if err := os.Rename(temp, root); err != nil {
		return cannotWrite(dir, err)
	}
	return nil
}

// initInto adds the files to a folder that exists. They are written to a temporary folder in it first; then each is
// linked to its place, portal.yaml last, and what was linked is taken back when one cannot be.
func initInto(dir, root string, files []file) error {
	if err := refuse(dir, root, files); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(root, ".askflow-init-*")
	if err != nil {
		return cannotWrite(dir, err)
	}
	defer os.RemoveAll(temp)
	if err := writeTree(temp, files); err != nil {
		return cannotWrite(dir, err)
	}
	ordered := slices.Clone(files)
	slices.SortStableFunc(ordered, func(a, b file) int { return last(a) - last(b) })
	var made []string
	for _, f := range ordered {
		target := filepath.Join(root, filepath.FromSlash(f.path))
		err := os.MkdirAll(filepath.Dir(target), 0o755)
		if err == nil {
			err = place(filepath.Join(temp, filepath.FromSlash(f.path)), target, f.data)
		}
		if err != nil {
			for _, m := range made {
				os.Remove(m)
			}
			return cannotWrite(target, err)
		}
		made = append(made, target)
	}
	return nil
}

func last(f file) int {
	if f.path == FileName {
		return 1
	}
	return 0
}

// place gives a file its final name without ever replacing another one.
func place(from, to string, data []byte) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// No hard links on this file system.
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// refuse says why files cannot be added to a folder: it is a portal already, or has some of them.
func refuse(dir, root string, files []file) error {
	if _, err := os.Lstat(filepath.Join(root, FileName)); err == nil {
		return &Error{Code: "already_a_portal", Message: fmt.Sprintf("the folder %s is a portal already: it has a %s", dir, FileName), Hint: "name another folder"}
	}
	var taken []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(f.path))); err == nil {
			taken = append(taken, f.path)
		}
	}
	if len(taken) > 0 {
		return &Error{Code: "would_overwrite", Message: fmt.Sprintf("the folder %s already has %s", dir, short(taken)), Hint: "move them away, or name another folder"}
	}
	return nil
}
