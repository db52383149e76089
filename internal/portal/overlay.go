package portal

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// Folder finds the portal folder that dir names, without reading more of it: its absolute path. "" is the current folder. The
// error is an *Error, as Load gives it.
func Folder(dir string) (string, error) { return openFolder(dir) }

// WithWorkflow is the portal as it would be if a workflow file held text: checks over it say what they would say then. file is
// relative to Dir, with slashes, and need not exist. The flow is nil when the text is no workflow; the findings in it are among
// the Problems of the portal that is returned, and are given apart, too. The portal itself stays as it is.
func (p *Portal) WithWorkflow(file string, text []byte) (*Portal, *flow.Flow, source.Problems) {
	q := *p
	q.sources = maps.Clone(p.sources)
	if q.sources == nil {
		q.sources = map[string][]byte{}
	}
	q.sources[file] = text
	f, found := p.parseFlow(file, text)
	q.Problems = slices.DeleteFunc(slices.Clone(p.Problems), func(x source.Problem) bool { return x.File == file })
	q.Problems = append(q.Problems, found...)
	q.Problems.Sort()
	q.Flows = slices.DeleteFunc(slices.Clone(p.Flows), func(x *flow.Flow) bool { return x.File == file })
	if f != nil {
		at, _ := slices.BinarySearchFunc(q.Flows, file, func(x *flow.Flow, file string) int { return strings.Compare(x.File, file) })
		q.Flows = slices.Insert(q.Flows, at, f)
	}
	return &q, f, found
}

// Read reads a text file of the portal as it stands now. file is relative to Dir, with slashes. The error is an *Error; that of
// a file that is not there wraps fs.ErrNotExist.
func (p *Portal) Read(file string) ([]byte, error) {
	data, err := readLimited(filepath.Join(p.Dir, filepath.FromSlash(file)))
	if err != nil {
		return nil, &Error{Code: "unreadable", Message: fmt.Sprintf("the file %s cannot be read: %s", file, reason(err)), Hint: "check that it is there and who may read it", Cause: err}
	}
	return data, nil
}
