package builder_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/rewrite"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

const flowText = `name: Made
object: contact
enabled: true
enroll:
  when:
    - {city: known}
steps:
  - ask_openai_assistant:
      id: ask
      assistant: helper
      prompt: Hi
`

// fake answers with exact and hard data.
type fake struct {
	service.Workflows
	service.Assistants
	service.Records
	service.Account
	service.Launcher
	proposed [][]service.Edit
	written  int
	// problems are those of a proposal; fail and writeErr what goes wrong, once.
	problems source.Problems
	fail     error
	writeErr error
	loadErr  error
	resolve  func(service.SettingsQuery) (*service.Resolution, error)
}

const hard = "\x1b[31mred\x1b[0m \u202eevil\u200b 宽宽 e\u0301\u0301 \x07"

func (f *fake) Portal(context.Context) (*service.Portal, error) {
	return &service.Portal{Dir: "/p", Name: "P" + hard, TimeZone: "UTC", Answers: "scripted", Era: "responses", OpenAIAction: flow.DefaultOpenAIAction(),
		Users: []hubspot.User{{ID: "1", OwnerID: "91", Name: "Ann"}, {ID: "2", OwnerID: "92", Name: hard, Deactivated: true}}}, nil
}
func (f *fake) Status(context.Context) (*service.AccountStatus, error) {
	return &service.AccountStatus{}, nil
}
func (f *fake) Active(context.Context) ([]*service.Progress, error) { return nil, nil }
func (f *fake) Objects(context.Context) ([]*service.ObjectInfo, error) {
	t, _ := hubspot.LookupObjectType("deal")
	return []*service.ObjectInfo{{Type: t, Count: 1200}}, f.loadErr
}
func (f *fake) Columns(context.Context, string) ([]hubspot.Property, error) {
	return []hubspot.Property{{Name: "city", Label: "City", Type: hubspot.TypeString}, {Name: "amount", Label: hard, Type: hubspot.TypeNumber},
		{Name: "vip", Type: hubspot.TypeBool}, {Name: "stage", Label: "Stage", Type: hubspot.TypeEnumeration, Options: []hubspot.Option{{Label: hard, Value: "a"}, {Label: "Bee", Value: "b"}}}, {Name: "born", Type: hubspot.TypeDate}}, f.loadErr
}
func (f *fake) Tokens(context.Context, string, string) ([]service.TokenChoice, error) {
	return []service.TokenChoice{{Token: "{{ enrolled_object.city }}", Label: "City", Group: "Contact", Sample: hard}, {Token: "{{ action_outputs.ask.response }}", Label: "Response of ask", Group: "Action outputs"}}, nil
}

// lists are what both Workflows and Assistants call List.
type workflowsOf struct {
	service.Workflows
	*fake
}

func (w workflowsOf) List(context.Context) ([]*service.WorkflowItem, error) {
	return []*service.WorkflowItem{{File: "workflows/made.yaml", Name: "Made"}}, nil
}
func (w workflowsOf) Portal(ctx context.Context) (*service.Portal, error) { return w.fake.Portal(ctx) }
func (w workflowsOf) Tokens(ctx context.Context, file, id string) ([]service.TokenChoice, error) {
	return w.fake.Tokens(ctx, file, id)
}
func (w workflowsOf) Workflow(context.Context, string) (*service.Workflow, error) {
	f, _ := flow.Parse("workflows/made.yaml", []byte(flowText), flow.DefaultOpenAIAction())
	return &service.Workflow{Item: &service.WorkflowItem{File: "workflows/made.yaml", Name: "Made"}, Text: []byte(flowText), Flow: f,
		Problems: source.Problems{{Severity: source.SeverityError, Code: "old", Message: "an old mistake"}}}, nil
}
func (w workflowsOf) Propose(_ context.Context, file string, edits ...service.Edit) (*service.Proposal, error) {
	w.fake.proposed = append(w.fake.proposed, edits)
	if err := w.fail; err != nil {
		w.fake.fail = nil
		return nil, err
	}
	if file == "" {
		file = "workflows/new.yaml"
	}
	text := flowText + "# changed " + hard
	return &service.Proposal{File: file, Base: []byte(flowText), Text: []byte(text), Problems: w.problems,
		Lines: []rewrite.DiffLine{{Kind: rewrite.Insert, New: 12, Text: "# changed " + hard}}}, nil
}
func (w workflowsOf) Write(context.Context, *service.Proposal) error {
	if err := w.writeErr; err != nil {
		w.fake.writeErr = nil
		return err
	}
	w.fake.written++
	return nil
}

type assistantsOf struct {
	service.Assistants
	*fake
}

func (a assistantsOf) List(context.Context) ([]*assistant.Assistant, error) {
	return []*assistant.Assistant{{ID: "asst_1", Name: "helper", Model: "m-plain", Instructions: hard + strings.Repeat("x", 10_000)}, {ID: hard, Model: "m-think"}}, nil
}
func (a assistantsOf) Models(context.Context) ([]*service.Model, error) {
	return []*service.Model{{ID: "m-plain", Temperature: "always", Allowed: true}, {ID: "m-think", Temperature: "never", Allowed: true}, {ID: "m-gone", Gone: true, Shutdown: "2026-01-01"}}, nil
}
func (a assistantsOf) Resolve(_ context.Context, q service.SettingsQuery) (*service.Resolution, error) {
	if a.resolve != nil {
		return a.resolve(q)
	}
	return &service.Resolution{Model: "m-plain", Temperature: q.Temperature, Efforts: []string{"low", "high"}}, nil
}

func faked(t testing.TB, width, height int) (*rig, *fake) {
	t.Helper()
	f := &fake{}
	r := rigOver(t, &service.Services{Workflows: workflowsOf{fake: f}, Assistants: assistantsOf{fake: f}, Records: f, Account: f, Launcher: f}, width, height)
	return r, f
}

const madeFile = "workflows/made.yaml"

func (r *rig) remove() *rig {
	r.t.Helper()
	return r.open(madeFile, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.Remove(env, wf, "ask") })
}

func TestErrorsAreReadBeforeTheyAreWritten(t *testing.T) {
	t.Parallel()
	r, f := faked(t, 100, 30)
	f.problems = source.Problems{{Severity: source.SeverityWarning, Message: "a warning"},
		{Severity: source.SeverityError, Code: "new", Message: "a new mistake"}, {Severity: source.SeverityError, Code: "old", Message: "an old mistake"}}
	r.remove().See("Remove ask", "Write it, though it has 2 errors", "✗ a new mistake").Press("enter")
	r.See("Write a workflow that cannot run?", "workflows/made.yaml would have 2 errors, of which 1 was", "an old mistake (was there before)", "Write it anyway")
	r.Press("enter").See("Remove ask", "Write it, though") // the answer starts at Cancel
	if f.written != 0 {
		t.Fatal("it was written without a yes")
	}
	r.Press("enter").Press("left").Press("enter").wrote(madeFile, "")
	if f.written != 1 {
		t.Fatalf("it was written %d times", f.written)
	}
}

func TestNothingIsWrittenWithoutItsDifference(t *testing.T) {
	t.Parallel()
	r, f := faked(t, 100, 30)
	r.remove().Press("esc").See("the host")
	if _, is := r.last().(builder.Cancelled); !is || f.written != 0 {
		t.Fatalf("the place got %#v, %d files were written", r.last(), f.written)
	}
	r.open(madeFile, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, "ask") })
	r.Press("down").Type(" you").Press("ctrl+s").See("Change ask").Press("esc").See("Hi you") // back to the form, with what was typed
	r.Press("esc").See("is not accepted yet").Press("left", "enter").See("the host")
	if f.written != 0 || len(r.host.got) != 2 {
		t.Fatalf("the place got %#v, %d files were written", r.host.got, f.written)
	}
	want := []service.Edit{{Kind: service.EditSetField, Step: "ask", Field: "prompt", Value: "Hi you"}}
	if diff := cmp.Diff(want, f.proposed[len(f.proposed)-1]); diff != "" {
		t.Errorf("the edits (-want +got):\n%s", diff)
	}
}

func TestAFileThatChangedIsProposedAnew(t *testing.T) {
	t.Parallel()
	r, f := faked(t, 100, 30)
	f.writeErr = &service.Error{Code: service.CodeChanged, Message: "the file changed"}
	r.remove().Press("enter").See("The file changed meanwhile", "Write workflows/made.yaml")
	if f.written != 0 || len(f.proposed) != 2 {
		t.Fatalf("%d written, %d proposed", f.written, len(f.proposed))
	}
	r.Press("enter").wrote(madeFile, "")
	f.writeErr = errors.New("the disk is full")
	r.remove().Press("enter").See("the disk is full")
	if _, is := r.last().(builder.Cancelled); !is {
		t.Errorf("the place got %#v", r.last())
	}
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	t.Parallel()
	r, f := faked(t, 100, 30)
	f.loadErr = &service.Error{Code: "x", Message: "The records cannot be read.", Hint: "mend them"}
	r.host.do = builder.Create
	r.Press("x").See("The records cannot be read. Mend them")
	r.open(madeFile, builder.Triggers).See("The records cannot be read.")
	r.open(madeFile, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.AddAction(env, wf, "ask", "", "") }).See("The records cannot be read.")
	if len(r.host.got) != 3 {
		t.Errorf("the place got %#v", r.host.got)
	}
	f.loadErr = nil
	for _, do := range []func(*ui.Env, *service.Workflow) tea.Cmd{builder.Triggers,
		func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.AddAction(env, wf, "", "", "") },
		func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, "ask") },
		func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.Remove(env, wf, "ask") },
		func(env *ui.Env, wf *service.Workflow) tea.Cmd {
			return builder.WriteSettings(env, wf, "", ui.Settings{Model: "m"})
		}} {
		r.open(madeFile, func(env *ui.Env, wf *service.Workflow) tea.Cmd { wf.Flow = nil; return do(env, wf) }).See("cannot be read as a workflow").Press("esc")
		r.host.do = func(env *ui.Env) tea.Cmd { return do(env, nil) }
		r.Press("x").See("There is no workflow here.")
	}
	r.host.do = builder.Create
	r.Press("x").See("Deal").Type("made").Press("ctrl+s").See("workflows/made.yaml has this name already").Type(" anew")
	f.fail = &service.Error{Code: "cannot_edit", Message: "That does not work.", Hint: "try another"}
	r.Press("ctrl+s").See("made anew", "That does not work. Try another")
	r.Press("ctrl+s").See("Write workflows/new.yaml")
}

func TestTheTemperatureIsExplainedWhileItIsChosen(t *testing.T) {
	t.Parallel()
	r, f := faked(t, 100, 40)
	var asked []service.SettingsQuery
	f.resolve = func(q service.SettingsQuery) (*service.Resolution, error) {
		asked = append(asked, q)
		if q.Model == "m-think" {
			return &service.Resolution{Model: q.Model, NoTemperature: "m-think never takes one, says OpenAI.", Efforts: []string{"low"}}, nil
		}
		if q.Temperature != nil && *q.Temperature > 1 {
			return &service.Resolution{Model: "m-plain", Refused: &run.Error{Code: "x", Message: "too hot"}}, nil
		}
		return &service.Resolution{Model: "m-plain", Temperature: q.Temperature, Efforts: []string{"low", "high"}}, nil
	}
	r.open(madeFile, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, "ask") }).See("helper (asst_1)", "would be sent: m-plain, no temperature")
	r.Press("shift+tab").Type("1").See("would be sent: m-plain, temperature 1").Type(".5").See("nothing would be sent: too hot")
	r.Press("shift+tab", "shift+tab").See("▸ Model").Press("right", "right").See("m-think", "m-think never takes one, says OpenAI.", "would be sent: m-think, no temperature")
	r.Press("down", "right", "right", "right", "right").See("medium").Press("ctrl+s").See("m-think takes the efforts low only")
	r.Press("left").See("low").Press("ctrl+s").See("Change ask")
	want := []service.Edit{{Kind: service.EditSetField, Step: "ask", Field: "model", Value: "m-think"}, {Kind: service.EditSetField, Step: "ask", Field: "reasoning_effort", Value: "low"}}
	if diff := cmp.Diff(want, f.proposed[len(f.proposed)-1]); diff != "" {
		t.Errorf("the edits (-want +got):\n%s", diff)
	}
	for _, q := range asked {
		if q.Model == "m-think" && q.Temperature != nil {
			t.Errorf("a temperature was asked for that cannot be given: %+v", q)
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	r, f := faked(t, 100, 40)
	value := func() string { return f.proposed[len(f.proposed)-1][0].Value }
	r.open(madeFile, builder.Triggers).choose("or when").choose("amount").See("is known", "1/9")
	r.Press("ctrl+s") // known takes no value
	r.choose("+ and …").Press("esc").See("Enrollment triggers of Made")
	r.choose("or when").choose("born").Press("right", "right", "right", "right").See("is before").Press("down").Type("soon").Press("ctrl+s").See("is no date")
	r.Press("backspace", "backspace", "backspace", "backspace").Type("2026-02-01").Press("ctrl+s").See("or when born is before 2026-02-01")
	r.choose("or when").choose("Stage").See("Bee (b)").Press("ctrl+s").See("needs a value")
	r.Press("down", "space", "down", "space").Press("ctrl+s").See("or when stage is any of a, b")
	r.choose("or when").choose("vip").Press("down", "right").See("false").Press("down", "space").Press("ctrl+s").See("or when vip is false, or unknown")
	r.choose("or when").choose("is in a list").Type("42").Press("enter").See("or when is in list 42")
	r.choose("show the change").See("Write workflows/made.yaml")
	want := "when:\n  - {city: known}\n  - {amount: known}\n  - {born: {before: \"2026-02-01\"}}\n  - {stage: {any_of: [a, b]}}\n  - {vip: {is: false, or_unknown: true}}\n  - {in_list: 42}\n"
	if diff := cmp.Diff(want, value()); diff != "" {
		t.Errorf("the triggers (-want +got):\n%s", diff)
	}
	r.Press("esc").See("Enrollment triggers of Made").Press("esc").See("Not saved").Press("left", "enter").See("the host")
	if _, is := r.last().(builder.Cancelled); !is {
		t.Errorf("the place got %#v", r.last())
	}
}

// Screens at the two usual sizes, with data that is hard to draw.
func TestGoldens(t *testing.T) {
	t.Parallel()
	add := func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.AddAction(env, wf, "ask", "", "") }
	for name, show := range map[string]func(*rig){
		"create":    func(r *rig) { r.host.do = builder.Create; r.Press("x").Type("A name " + "宽") },
		"triggers":  func(r *rig) { r.open(madeFile, builder.Triggers) },
		"property":  func(r *rig) { r.open(madeFile, builder.Triggers).choose("or when") },
		"condition": func(r *rig) { r.open(madeFile, builder.Triggers).choose("or when").choose("Stage") },
		"kinds":     func(r *rig) { r.open(madeFile, add) },
		"ask":       func(r *rig) { r.open(madeFile, add).Press("enter").Press("down", "right") },
		"task":      func(r *rig) { r.open(madeFile, add).choose("Create task") },
		"record":    func(r *rig) { r.open(madeFile, add).choose("Edit record").Press("down") },
		"notify":    func(r *rig) { r.open(madeFile, add).choose("notification") },
		"diff":      func(r *rig) { r.remove() },
	} {
		var b strings.Builder
		for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}} {
			r, _ := faked(t, size[0], size[1])
			show(r)
			b.WriteString(tuitest.Body(r.Screen()) + "\n")
		}
		tuitest.Golden(t, name, strings.TrimSuffix(b.String(), "\n"))
	}
}

func BenchmarkKeyAndView(b *testing.B) {
	r, _ := faked(b, 200, 60)
	r.Each = nil
	r.open(madeFile, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, "ask") }).Press("down")
	x, back := tuitest.KeyPress("x"), tuitest.KeyPress("backspace")
	b.Run("key", func(b *testing.B) {
		for b.Loop() {
			r.Msg(x)
			r.Styled()
			r.Msg(back)
		}
	})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			r.Styled()
		}
	})
}
