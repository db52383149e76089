package portal_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/portal"
)

// twins is a portal with one workflow of its own name and two that share theirs.
func twins(t *testing.T) *portal.Portal {
	t.Helper()
	other := strings.ReplaceAll(strings.ReplaceAll(smallFlow, "Small flow", "Twin"), `"7"`, `"9"`)
	return load(t, folder(t, map[string]string{
		"portal.yaml": "users: [{id: 11, owner_id: 9011, name: Mara}]\n", "workflows/lead-scoring.json": smallFlow, "workflows/twin-a.json": other,
		"workflows/twin-b.json": strings.ReplaceAll(other, `"9"`, `"10"`), "assistants/q.yaml": "id: asst_q\n" + smallAsst,
	}))
}

func TestWorkflow(t *testing.T) {
	t.Parallel()
	p := twins(t)
	for name, want := range map[string]string{
		"lead-scoring": "workflows/lead-scoring.json", "Lead-Scoring": "workflows/lead-scoring.json", "Small flow": "workflows/lead-scoring.json", "small FLOW": "workflows/lead-scoring.json",
		"7": "workflows/lead-scoring.json", "workflows/lead-scoring.json": "workflows/lead-scoring.json", "./workflows/twin-a.json": "workflows/twin-a.json", "twin-b.json": "workflows/twin-b.json", "10": "workflows/twin-b.json",
	} {
		f, err := p.Workflow(name)
		if err != nil || f.File != want {
			t.Errorf("Workflow(%q) = %v, %v; want %s", name, f, err, want)
		}
	}
}

func TestUnknownWorkflow(t *testing.T) {
	t.Parallel()
	p := twins(t)
	for name, want := range map[string]string{"Twin": "ambiguous_workflow", "lead-scorin": "unknown_workflow", "": "unknown_workflow", "../x": "unknown_workflow"} {
		_, err := p.Workflow(name)
		var e *portal.Error
		if !errors.As(err, &e) || e.Code != want {
			t.Errorf("Workflow(%q): %v, want %s", name, err, want)
		}
		if name == "lead-scorin" && !strings.Contains(e.Hint, `"lead-scoring"`) {
			t.Errorf("the hint does not name the nearest workflow: %s", e.Hint)
		}
	}
}

func TestAssistantsAndPeople(t *testing.T) {
	t.Parallel()
	p := twins(t)
	for _, name := range []string{"asst_q", "Lead qualifier", "lead QUALIFIER"} {
		if a, err := p.Assistant(name); err != nil || a.ID != "asst_q" {
			t.Errorf("Assistant(%q) = %v, %v", name, a, err)
		}
	}
	for _, name := range []string{"asst_r", ""} {
		if _, err := p.Assistant(name); err == nil || !strings.Contains(err.Error(), "there is no assistant") {
			t.Errorf("Assistant(%q): %v", name, err)
		}
	}
	if u, ok := p.User("11"); !ok || u.Name != "Mara" {
		t.Errorf("User: %v %v", u, ok)
	}
	if _, ok := p.Owner("11"); ok {
		t.Error("a user id was taken for an owner id")
	}
}

func TestReadFlow(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"portal.yaml": "", "x.json": smallFlow})
	p := load(t, dir)
	name := filepath.Join(dir, "x.json")
	f, problems := p.ReadFlow(name)
	if f == nil || f.File != name || problems.HasErrors() || string(p.Source(name)) != smallFlow {
		t.Errorf("ReadFlow: %v, %v", f, problems)
	}
	if f, problems := p.ReadFlow(filepath.Join(dir, "y.json")); f != nil || !problems.HasErrors() {
		t.Errorf("a missing file: %v, %v", f, problems)
	}
}
