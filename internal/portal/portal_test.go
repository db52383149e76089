package portal_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

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
	wantInputs := map[string]string{}
	for _, name := range []string{"portal.yaml", "assistants/qualifier.yaml", "assistants/export.json", "responses/0.yaml", "responses/1.yaml", "records/lists.yaml", "records/properties.yaml"} {
		s := sha256.Sum256([]byte(files[name]))
		wantInputs[name] = hex.EncodeToString(s[:])
	}
	if diff := cmp.Diff(wantInputs, p.Inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	checkScan(t, p)
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
		"workflows/c.json:1:1 duplicate_workflow_id", "workflows/e.jsom ignored_file", "workflows/f.yaml empty_file", "workflows/sub ignored_folder",
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

func TestLookups(t *testing.T) {
	t.Parallel()
	other := strings.ReplaceAll(strings.ReplaceAll(smallFlow, "Small flow", "Twin"), `"7"`, `"9"`)
	p := load(t, folder(t, map[string]string{
		"portal.yaml": "users: [{id: 11, owner_id: 9011, name: Mara}]\n", "workflows/lead-scoring.json": smallFlow, "workflows/twin-a.json": other,
		"workflows/twin-b.json": strings.ReplaceAll(other, `"9"`, `"10"`), "assistants/q.yaml": "id: asst_q\n" + smallAsst,
	}))
	for name, want := range map[string]string{
		"lead-scoring": "workflows/lead-scoring.json", "Lead-Scoring": "workflows/lead-scoring.json", "Small flow": "workflows/lead-scoring.json", "small FLOW": "workflows/lead-scoring.json",
		"7": "workflows/lead-scoring.json", "workflows/lead-scoring.json": "workflows/lead-scoring.json", "./workflows/twin-a.json": "workflows/twin-a.json", "twin-b.json": "workflows/twin-b.json", "10": "workflows/twin-b.json",
	} {
		f, err := p.Workflow(name)
		if err != nil || f.File != want {
			t.Errorf("Workflow(%q) = %v, %v; want %s", name, f, err, want)
		}
	}
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

func TestEnsureState(t *testing.T) {
	t.Parallel()
	p := load(t, folder(t, map[string]string{"portal.yaml": ""}))
	for range 2 {
		if err := p.EnsureState(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(p.StateDir, ".gitignore"))
	if err != nil || string(data) != "*\n" {
		t.Errorf(".gitignore: %q, %v", data, err)
	}
	if info, err := os.Stat(p.StateDir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("state folder: %v, %v", info.Mode(), err)
	}
	blocked := load(t, folder(t, map[string]string{"portal.yaml": "", ".askflow": "a file"}))
	var e *portal.Error
	if err := blocked.EnsureState(); !errors.As(err, &e) || e.Code != "cannot_write" {
		t.Errorf("a file in the way: %v", err)
	}
}

func TestStateDirFor(t *testing.T) {
	t.Parallel()
	a, b := portal.StateDirFor("/x/a", "/home"), portal.StateDirFor("/x/b", "/home")
	if a == b || filepath.Dir(a) != filepath.Join("/home", "askflow") || a != portal.StateDirFor("/x/a", "/home") {
		t.Errorf("state folders %s and %s", a, b)
	}
}

// A portal folder that nobody may write to keeps its runs elsewhere and says so. Root may write anywhere, except below a
// file system that is read-only for everybody.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("this user may write to every folder")
	}
	dir := folder(t, map[string]string{"portal.yaml": ""})
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	home := t.TempDir()
	p, err := portal.Load(t.Context(), dir, portal.Options{StateHome: home})
	if err != nil {
		t.Fatal(err)
	}
	if p.StateDir != portal.StateDirFor(p.Dir, home) || len(p.Problems) != 1 || p.Problems[0].Code != "read_only_folder" {
		t.Errorf("state in %s, problems %v", p.StateDir, p.Problems)
	}
}

func TestParseNow(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2026-01-05T09:00": "2026-01-05T09:00:00+01:00", "2026-07-05T09:00:30": "2026-07-05T09:00:30+02:00", "2026-01-05": "2026-01-05T00:00:00+01:00",
		"2026-01-05 09:00": "2026-01-05T09:00:00+01:00", "2026-01-05T09:00:00Z": "2026-01-05T10:00:00+01:00",
	} {
		got, err := portal.ParseNow(text, berlin)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("ParseNow(%q) = %s, %v; want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
	for _, text := range []string{"", "tomorrow", "05.01.2026", "0001-01-01", "2026-13-01"} {
		if got, err := portal.ParseNow(text, berlin); err == nil {
			t.Errorf("ParseNow(%q) = %s, want an error", text, got)
		}
	}
}

func ExampleStateDirFor() {
	fmt.Println(filepath.ToSlash(filepath.Dir(portal.StateDirFor("/home/me/portal", "/home/me/.local/state"))))
	// Output: /home/me/.local/state/askflow
}
