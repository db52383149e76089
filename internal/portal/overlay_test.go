package portal_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"askflow/internal/portal"
)

func TestWithWorkflow(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"portal.yaml": "name: X\n", "workflows/a.yaml": "name: A\nobject: contact\nsteps: []\n", "workflows/c.yaml": "name: [\n"})
	p := load(t, dir)
	before := len(p.Problems)
	q, f, found := p.WithWorkflow("workflows/b.yaml", []byte("name: B\nobject: contact\nsteps: []\n"))
	if f == nil || f.Name != "B" || found.HasErrors() || len(q.Flows) != 2 || q.Flows[1] != f || string(q.Source("workflows/b.yaml")) == "" {
		t.Errorf("%+v %v", q.Flows, found)
	}
	q, f, _ = p.WithWorkflow("workflows/c.yaml", []byte("name: C\nobject: contact\nsteps: []\n"))
	if f == nil || q.Problems.HasErrors() {
		t.Errorf("the findings in the old text are still there: %v", q.Problems)
	}
	q, f, found = p.WithWorkflow("workflows/a.yaml", []byte("steps: {"))
	if f != nil || !found.HasErrors() || len(q.Flows) != 0 || len(q.Problems) <= before {
		t.Errorf("%+v %v", q.Flows, found)
	}
	if len(p.Flows) != 1 || p.Flows[0].Name != "A" || len(p.Problems) != before || p.Source("workflows/b.yaml") != nil {
		t.Error("the portal itself has changed")
	}
}

func TestFolderAndRead(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"portal.yaml": "name: X\n"})
	if got, err := portal.Folder(dir); err != nil || got != dir {
		t.Errorf("%q %v", got, err)
	}
	var e *portal.Error
	if _, err := portal.Folder(filepath.Join(dir, "nowhere")); !errors.As(err, &e) || e.Code != "no_folder" {
		t.Errorf("%v", err)
	}
	p := load(t, dir)
	if text, err := p.Read("portal.yaml"); err != nil || string(text) != "name: X\n" {
		t.Errorf("%q %v", text, err)
	}
	if _, err := p.Read("workflows/a.yaml"); !errors.As(err, &e) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
