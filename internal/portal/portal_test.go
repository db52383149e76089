package portal_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/portal"
	"askflow/internal/source"
)

// make writes files below a fresh folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, dir string) *portal.Portal {
	t.Helper()
	p, err := portal.Load(t.Context(), dir, portal.Options{StateHome: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func codes(ps source.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Where()+" "+p.Code)
	}
	sort.Strings(out)
	return out
}

const (
	smallFlow = `{"id":"7","type":"CONTACT_FLOW","flowType":"WORKFLOW","objectTypeId":"0-1","name":"Small flow","isEnabled":true,"startActionId":"1","actions":[{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"0-9","fields":{"user_ids":["11"],"subject":"x"}}]}`
	smallAsst = "name: Lead qualifier\nmodel: gpt-6-luna\n"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"portal.yaml":               "id: 4242\nname: Northwind\ntime_zone: Europe/Berlin\nusers: [{id: 11, owner_id: 9011, name: Mara Lind}]\n",
		"workflows/b.json":          smallFlow,
		"workflows/a.json":          strings.ReplaceAll(strings.ReplaceAll(smallFlow, "Small", "Other"), `"7"`, `"8"`),
		"workflows/.hidden.json":    "{",
		"workflows/a.json~":         "{",
		"workflows/#a.json#":        "{",
		"workflows/a.json.bak":      "{",
		"workflows/README.md":       "x",
		"assistants/qualifier.yaml": smallAsst,
		"assistants/export.json":    `{"id":"asst_1","object":"assistant","name":"Formatter","model":"gpt-6-luna","created_at":1}`,
		"responses/1.yaml":          "- reply: A\n",
		"responses/0.yaml":          "- when: {record: \"1\"}\n  reply: B\n",
		"records/contacts-2026.csv": "Record ID,Email\n1,a@x.example\n",
		"records/contacts-2025.csv": "Record ID,Email,Favourite colour\n2,b@x.example,blue\n",
		"records/Company.jsonl":     `{"id":"5","properties":{}}` + "\n",
		"records/line_items.json":   "[]",
		"records/2-77-old.csv":      "Record ID,Name\n9,Truck\n",
		"records/lists.yaml":        "- {id: 42, name: Competitors, members: [\"1\"]}\n",
		"records/properties.yaml":   "contact:\n  - {name: lead_grade, label: Lead grade, type: enumeration, options: [A]}\n",
	}
	p := load(t, folder(t, files))
	if len(p.Problems) > 0 {
		t.Errorf("problems: %v", p.Problems)
	}
	if p.Settings.ID != 4242 || p.Settings.Name != "Northwind" || p.Settings.Zone.String() != "Europe/Berlin" {
		t.Errorf("settings: %+v", p.Settings)
	}
	var flows, assistants []string
	for _, f := range p.Flows {
		flows = append(flows, f.File)
	}
	for _, a := range p.Assistants {
		assistants = append(assistants, a.ID)
	}
	records := map[string][]string{}
	for object, list := range p.RecordFiles {
		for _, f := range list {
			records[object] = append(records[object], f.Path)
		}
	}
	got := []any{flows, assistants, records, p.Rules[0].Reply, len(p.Rules), p.Lists[0].Name, p.Users[0].OwnerID}
	want := []any{
		[]string{"workflows/a.json", "workflows/b.json"}, []string{"asst_1", "qualifier"},
		map[string][]string{"contact": {"records/contacts-2025.csv", "records/contacts-2026.csv"}, "company": {"records/Company.jsonl"}, "line_item": {"records/line_items.json"}, "2-77": {"records/2-77-old.csv"}},
		"B", 2, "Competitors", "9011",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	if prop, ok := p.Schema.Of("contact").Get("lead_grade"); !ok || len(prop.Options) != 1 {
		t.Errorf("lead_grade: %+v", prop)
	}
	if string(p.Source("workflows/b.json")) != smallFlow {
		t.Error("the workflow's source is not kept")
	}
	checkInputs(t, p, files)
	checkScan(t, p)
}

// checkInputs: a run can tell later whether one of the files it was decided by has changed.
func checkInputs(t *testing.T, p *portal.Portal, files map[string]string) {
	t.Helper()
	wantInputs := map[string]string{}
	for _, name := range []string{"portal.yaml", "assistants/qualifier.yaml", "assistants/export.json", "responses/0.yaml", "responses/1.yaml", "records/lists.yaml", "records/properties.yaml"} {
		s := sha256.Sum256([]byte(files[name]))
		wantInputs[name] = hex.EncodeToString(s[:])
	}
	if diff := cmp.Diff(wantInputs, p.Inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

// checkScan: the records are read, and what no definition covers joins a copy of the schema.
func checkScan(t *testing.T, p *portal.Portal) {
	t.Helper()
	summaries, schema, problems := p.Scan(t.Context())
	if problems.HasErrors() || summaries["contact"].Records != 2 {
		t.Errorf("scan: %v, %+v", problems, summaries["contact"])
	}
	if prop, ok := schema.Of("contact").Get("favourite_colour"); !ok || !prop.Inferred {
		t.Errorf("the inferred property is not in the schema: %+v", prop)
	}
	if _, ok := schema.Of("contact").Get("lead_grade"); !ok {
		t.Error("the defined property is lost")
	}
	if _, ok := p.Schema.Of("contact").Get("favourite_colour"); ok {
		t.Error("the portal's own schema was changed")
	}
}

func TestLoadCreatesNothing(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"portal.yaml": ""})
	p := load(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v after loading (%v)", entries, err)
	}
	if p.StateDir != filepath.Join(p.Dir, ".askflow") {
		t.Errorf("state lies in %s", p.StateDir)
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"file": "x", "empty/x": "", "yml/portal.yml": "", "ok/portal.yaml": ""})
	for name, want := range map[string]struct{ code, hint string }{
		"nothing":        {"no_folder", "emulator init"},
		"file":           {"not_a_folder", "emulator init"},
		"empty":          {"no_portal", "--demo"},
		"yml":            {"no_portal", "rename portal.yml"},
		"ok/portal.yaml": {"not_a_folder", "--portal"},
		"file/below":     {"unreadable", "who may read"},
	} {
		_, err := portal.Load(t.Context(), filepath.Join(dir, name), portal.Options{})
		var e *portal.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: the error is %v", name, err)
			continue
		}
		if e.Code != want.code || !strings.Contains(e.Hint, want.hint) || e.Message == "" {
			t.Errorf("%s: got %q %q (%q), want %s with %q", name, e.Code, e.Message, e.Hint, want.code, want.hint)
		}
	}
}

func TestLoadCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := portal.Load(ctx, folder(t, map[string]string{"portal.yaml": ""}), portal.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// Everything wrong is reported at once, each file by itself, and what is right is loaded.
func TestLoadReportsEverything(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"portal.yaml":             "nmae: x\n",
		"workflows/a.json":        "{",
		"workflows/b.json":        smallFlow,
		"workflows/c.json":        smallFlow,
		"workflows/sub/d.json":    smallFlow,
		"workflows/e.jsom":        smallFlow,
		"workflows/e.txt":         smallFlow,
		"workflows/README.txt":    "for people",
		"workflows/notes.md":      "for people",
		"workflows/f.yaml":        "",
		"assistants/a.yaml":       "",
		"assistants/b.yaml":       "name: [",
		"assistants/c.yaml":       "id: x\nname: Same\nmodel: gpt-6-luna\n",
		"assistants/d.yaml":       "id: y\nname: Same\nmodel: gpt-6-luna\n",
		"assistants/e.yaml":       "id: x\nname: E\nmodel: gpt-6-luna\n",
		"records/conatcts.csv":    "Record ID\n1\n",
		"records/all-deals-1.csv": "Record ID\n1\n",
		"records/contacts.xlsx":   "x",
		"records/stages.yaml":     "x: 1",
		"responses/a.yaml":        "- replay: x\n",
		"assistant/x.yaml":        smallAsst,
	})
	p := load(t, dir)
	got := codes(p.Problems)
	want := []string{
		"assistant unknown_folder", "assistants/a.yaml empty_file", "assistants/b.yaml:1:7 bad_yaml", "assistants/d.yaml:2:7 duplicate_assistant", "assistants/e.yaml:1:5 duplicate_assistant",
		"portal.yaml:1:1 unknown_key", "records/all-deals-1.csv unknown_object", "records/conatcts.csv unknown_object", "records/contacts.xlsx ignored_file", "records/stages.yaml unknown_file",
		"workflows/c.json:1:1 duplicate_workflow_id", "workflows/e.jsom ignored_file", "workflows/e.txt ignored_file", "workflows/f.yaml empty_file", "workflows/sub ignored_folder",
	}
	for _, w := range want {
		file, _, _ := strings.Cut(w, ":")
		file, _, _ = strings.Cut(file, " ")
		found := false
		for _, g := range got {
			found = found || g == w || strings.HasPrefix(g, file) && strings.HasSuffix(g, w[strings.LastIndex(w, " "):])
		}
		if !found {
			t.Errorf("%s is not among %v", w, got)
		}
	}
	for _, file := range []string{"workflows/a.json", "responses/a.yaml"} {
		if !strings.Contains(strings.Join(got, "\n"), file) {
			t.Errorf("nothing about %s in %v", file, got)
		}
	}
	if len(p.Flows) != 2 || len(p.Assistants) != 3 {
		t.Errorf("%d workflows and %d assistants were loaded, want 2 and 3", len(p.Flows), len(p.Assistants))
	}
	for _, prob := range p.Problems {
		if prob.Code == "unknown_object" && !strings.Contains(prob.Hint, "like ") {
			t.Errorf("the hint for %s names no object: %s", prob.File, prob.Hint)
		}
	}
}

func TestFolderThatIsAFile(t *testing.T) {
	t.Parallel()
	p := load(t, folder(t, map[string]string{"portal.yaml": "", "workflows": "x"}))
	if diff := cmp.Diff([]string{"workflows unreadable"}, codes(p.Problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestRecordFilesOpen(t *testing.T) {
	t.Parallel()
	p := load(t, folder(t, map[string]string{"portal.yaml": "", "records/contacts.csv": "Record ID\n1\n"}))
	f, err := p.RecordFiles["contact"][0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); err != nil || string(data) != "Record ID\n1\n" {
		t.Errorf("read %q, %v", data, err)
	}
}
