package local_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/rewrite"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/source"
)

func TestOpenRefusesWhatIsNoPortal(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, c := range []struct {
		opt  local.Options
		code string
		hint []string
	}{
		{local.Options{Dir: t.TempDir()}, "no_portal", []string{"emulator init", "--demo"}},
		{local.Options{Dir: filepath.Join(t.TempDir(), "nowhere")}, "no_folder", []string{"emulator init", "--demo"}},
		{local.Options{Dir: ".", Demo: true}, "usage", nil},
	} {
		l, err := local.Open(ctx, c.opt)
		if l != nil {
			t.Errorf("%+v was opened", c.opt)
		}
		e := wants(t, err, c.code)
		for _, part := range c.hint {
			if !strings.Contains(e.Hint, part) {
				t.Errorf("the hint %q does not offer %s", e.Hint, part)
			}
		}
	}
}

func TestPortal(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	p, err := d.Workflows.Portal(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if p.Dir != dir || p.Name != "Norrvind Demo" || p.ID != 4242 || p.TimeZone != "Europe/Berlin" || p.Answers != "scripted" || p.Era != "responses" || !p.Unlocked || len(p.Users) != 8 || p.Now.Format("2006-01-02T15:04") != "2026-11-16T09:00" {
		t.Errorf("%+v", p)
	}
	if p.Command != "--portal "+dir || p.MaxCostUSD != "" || p.Problems.HasErrors() {
		t.Errorf("command %q, budget %q, problems %v", p.Command, p.MaxCostUSD, p.Problems)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	write(t, filepath.Join(dir, "workflows", "broken.yaml"), "name: [\n")
	d := open(t, dir)
	d.run(service.RunRequest{Workflow: "workflows/state-formatting.json"})
	list, err := d.Workflows.List(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, w := range list {
		files = append(files, w.FileName)
		if broken := w.FileName == "broken"; broken != (w.Errors > 0) {
			t.Errorf("%s has %d errors", w.File, w.Errors)
		}
		if runs := len(w.Runs); (w.FileName == "state-formatting") != (runs == 1) {
			t.Errorf("%s has %d runs", w.File, runs)
		}
	}
	if want := []string{"broken", "email-draft", "lead-qualification", "record-summary", "state-formatting"}; !slices.Equal(files, want) {
		t.Errorf("%v", files)
	}
	if w := list[2]; w.Name != "Lead qualification" || w.ObjectType.Name != "contact" || !w.Enabled || w.Asks != 1 || w.Actions < 10 {
		t.Errorf("%+v", w)
	}
}

// A workflow is shown as its file stands, also before anybody has noticed the change.
func TestWorkflowIsTheFileAsItStands(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	const file = "workflows/lead-qualification.yaml"
	w, err := d.Workflows.Workflow(d.ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	if w.Flow == nil || w.Problems.HasErrors() || w.Path != filepath.Join(dir, file) || !bytes.Contains(w.Text, []byte("Lead qualification")) {
		t.Errorf("%+v", w)
	}
	changed := strings.Replace(string(w.Text), "assistant: lead-qualifier", "assistant: nobody", 1)
	write(t, w.Path, changed)
	if w, err = d.Workflows.Workflow(d.ctx, file); err != nil {
		t.Fatal(err)
	}
	if string(w.Text) != changed || !w.Problems.HasErrors() || w.Item.Errors == 0 {
		t.Errorf("the change is not there: %v", w.Problems)
	}
	write(t, w.Path, "steps: {")
	if w, err = d.Workflows.Workflow(d.ctx, file); err != nil || w.Flow != nil || !w.Problems.HasErrors() {
		t.Errorf("%+v %v", w, err)
	}
	for _, bad := range []string{"workflows/nothing.yaml", "../portal.yaml", "workflows/../portal.yaml", "portal.yaml", "", "workflows/.hidden.yaml", "workflows/a/b.yaml"} {
		_, err := d.Workflows.Workflow(d.ctx, bad)
		wants(t, err, "unknown_workflow")
	}
}

func TestProposeAndWrite(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	const file = "workflows/lead-qualification.yaml"
	p, err := d.Workflows.Propose(d.ctx, file, service.Edit{Kind: service.EditSetField, Step: "qualify", Field: "temperature", Value: "0.4"})
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, l := range p.Lines {
		if l.Kind != rewrite.Equal {
			changed++
		}
	}
	if changed != 2 || len(p.Lines) > 2+6 || p.Problems.HasErrors() {
		t.Fatalf("%d changed of %d lines, %v", changed, len(p.Lines), p.Problems)
	}
	if now, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !bytes.Equal(now, p.Base) {
		t.Fatalf("a proposal was written (%v)", err)
	}
	if err := d.Workflows.Write(d.ctx, p); err != nil {
		t.Fatal(err)
	}
	if e := d.waitKind(service.EventPortal); !slices.Equal(e.Files, []string{file}) {
		t.Errorf("the event names %v", e.Files)
	}
	r, err := d.Assistants.Resolve(d.ctx, service.SettingsQuery{File: file, Step: "qualify"})
	if err != nil || r.Temperature == nil || *r.Temperature != 0.4 {
		t.Errorf("after writing, %+v is sent (%v)", r, err)
	}
	// The base is older than the file now.
	wants(t, d.Workflows.Write(d.ctx, p), service.CodeChanged)
}

func TestProposeLeavesAFileAloneThatSomebodyEdited(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	const file = "workflows/record-summary.yaml"
	p, err := d.Workflows.Propose(d.ctx, file, service.Edit{Kind: service.EditTop, Field: "enabled", Value: "false"})
	if err != nil {
		t.Fatal(err)
	}
	edited := "# mine\n" + string(p.Base)
	write(t, filepath.Join(dir, file), edited)
	wants(t, d.Workflows.Write(d.ctx, p), service.CodeChanged)
	if now, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(now) != edited {
		t.Errorf("the edit is lost: %v", err)
	}
}

func TestProposeChecksWhatItMakes(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	p, err := d.Workflows.Propose(d.ctx, "workflows/lead-qualification.yaml", service.Edit{Kind: service.EditSetField, Step: "qualify", Field: "assistant", Value: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(p.Problems.Errors(), func(x source.Problem) bool { return strings.Contains(x.Message, "nobody") }) {
		t.Errorf("nothing is said about the assistant: %v", p.Problems)
	}
	_, err = d.Workflows.Propose(d.ctx, "workflows/lead-qualification.yaml", service.Edit{Kind: service.EditSetField, Step: "no such step", Field: "assistant", Value: "nobody"})
	if err == nil || service.CodeOf(err) == "" {
		t.Errorf("%v", err)
	}
	_, err = d.Workflows.Propose(d.ctx, "workflows/lead-qualification.yaml", service.Edit{Kind: "dance"})
	wants(t, err, "cannot_edit")
	if p, err = d.Workflows.Propose(d.ctx, "workflows/lead-qualification.yaml", service.Edit{Kind: service.EditText, Value: "name: ["}); err != nil || !p.Problems.HasErrors() {
		t.Errorf("%+v %v", p, err)
	}
}

// A new workflow is made, filled and used without anybody opening an editor.
func TestCreateAWorkflow(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir)
	p, err := d.Workflows.Propose(d.ctx, "",
		service.Edit{Kind: service.EditCreate, Name: "Lead Qualification", ObjectType: "contact"},
		service.Edit{Kind: service.EditTriggers, Value: "when:\n  - {message: known}"},
		service.Edit{Kind: service.EditInsert, Action: "ask_openai_assistant", Fields: []service.FieldValue{{Field: "id", Value: "grade"}, {Field: "assistant", Value: "lead-qualifier"}, {Field: "prompt", Value: "Grade {{ enrolled_object.message }}"}, {Field: "temperature", Value: "0.3"}, {Field: "reasoning_effort", Value: "none"}}},
		service.Edit{Kind: service.EditInsert, After: "grade", Action: "notify", Fields: []service.FieldValue{{Field: "users", Value: "16, 17"}, {Field: "subject", Value: "Graded: 12"}, {Field: "body", Value: "{{ action_outputs.grade.response }}"}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	if p.Base != nil || p.Problems.HasErrors() || p.File == "workflows/lead-qualification.yaml" || !strings.HasPrefix(p.File, "workflows/lead-qualification") {
		t.Fatalf("%s: %v\n%s", p.File, p.Problems, p.Text)
	}
	for _, want := range []string{"temperature: 0.3", "16", "17", "Graded: 12"} {
		if !bytes.Contains(p.Text, []byte(want)) {
			t.Errorf("%q is not in\n%s", want, p.Text)
		}
	}
	if err := d.Workflows.Write(d.ctx, p); err != nil {
		t.Fatal(err)
	}
	w, err := d.Workflows.Workflow(d.ctx, p.File)
	if err != nil || w.Item.Asks != 1 || w.Item.Actions != 2 || w.Flow.Name != "Lead Qualification" {
		t.Fatalf("%+v %v", w, err)
	}
	if end := d.run(service.RunRequest{Workflow: p.File, DraftMissing: true}); end.Draft == nil || end.Totals.NoAnswer == 0 {
		t.Errorf("a run without scripted answers drafts none: %+v", end)
	}
	wants(t, d.Workflows.Write(d.ctx, p), service.CodeChanged) // it exists by now
	q, err := d.Workflows.Propose(d.ctx, p.File, service.Edit{Kind: service.EditRemove, Step: "grade"})
	if err == nil || q != nil || !strings.Contains(err.Error(), "grade") { // the notification uses what it gave
		t.Errorf("%v %v", q, err)
	}
	q, err = d.Workflows.Propose(d.ctx, p.File, service.Edit{Kind: service.EditRemove, Step: "notify"})
	if err != nil || bytes.Contains(q.Text, []byte("Graded: 12")) {
		t.Errorf("%v %v", q, err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	find := func(file, action string) map[string]service.TokenChoice {
		t.Helper()
		list, err := d.Workflows.Tokens(d.ctx, file, action)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]service.TokenChoice{}
		for _, c := range list {
			if _, twice := out[c.Token]; twice {
				t.Errorf("%s stands twice", c.Token)
			}
			out[c.Token] = c
		}
		return out
	}
	const draft = "workflows/email-draft.yaml"
	all := find(draft, "review")
	want := map[string]service.TokenChoice{
		"{{ enrolled_object.firstname }}":     {Token: "{{ enrolled_object.firstname }}", Label: "First Name", Group: "Contact", Sample: "Inês"},
		"{{ fetched_objects.company.city }}":  {Token: "{{ fetched_objects.company.city }}", Label: "City", Group: "Company: company"},
		"{{ action_outputs.draft.response }}": {Token: "{{ action_outputs.draft.response }}", Label: "Response of draft", Group: "Action outputs"},
	}
	for text, c := range want {
		if diff := cmp.Diff(c, all[text]); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	if _, early := find(draft, "draft")["{{ action_outputs.draft.response }}"]; early {
		t.Error("an action can use its own output")
	}
	if _, there := find(draft, "")["{{ action_outputs.review.hs_execution_state }}"]; !there {
		t.Error("at the end, an output is missing")
	}
	list, err := d.Workflows.Tokens(d.ctx, draft, "")
	if err != nil || list[0].Sample == "" {
		t.Errorf("the first token is %+v (%v)", list[0], err)
	}
	inJSON := find("workflows/state-formatting.json", "")
	if !slices.ContainsFunc(slices.Collect(keys(inJSON)), func(s string) bool {
		return strings.HasPrefix(s, "{{ action_outputs.action_output_") && strings.HasSuffix(s, ".response }}")
	}) {
		t.Errorf("no output by its action id: %v", inJSON)
	}
	_, err = d.Workflows.Tokens(d.ctx, draft, "nobody")
	wants(t, err, "unknown_step")
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
