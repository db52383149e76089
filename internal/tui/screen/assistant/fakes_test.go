package assistant_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	domain "askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/rewrite"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/tuitest"
)

// fake answers what the test says.
type fake struct {
	list      []*domain.Assistant
	models    []*service.Model
	resolve   func(service.SettingsQuery) (*service.Resolution, error)
	try       func(context.Context, service.TryRequest) (*service.Tried, error)
	render    func(service.TryRequest) (*service.Rendered, error)
	flow      *flow.Flow
	portal    *service.Portal
	connected bool
	records   []*hubspot.Record
	// err is what reading the assistants fails with.
	err atomic.Pointer[service.Error]
	// lists counts how often the assistants were read, renders how often a prompt was rendered.
	lists, renders atomic.Int64
}

type (
	fakeWorkflows struct {
		service.Workflows
		*fake
	}
	fakeAssistants struct {
		service.Assistants
		*fake
	}
	fakeRecords struct {
		service.Records
		*fake
	}
	fakeLauncher struct {
		service.Launcher
		*fake
	}
	fakeAccount struct {
		service.Account
		*fake
	}
)

func (f *fake) services() *service.Services {
	return &service.Services{Workflows: fakeWorkflows{fake: f}, Assistants: fakeAssistants{fake: f}, Records: fakeRecords{fake: f}, Account: fakeAccount{fake: f}, Launcher: fakeLauncher{fake: f}}
}

func (f fakeLauncher) Start(context.Context, service.RunRequest) (*service.Started, error) {
	return nil, &service.Error{Code: hostile, Message: hostile, Hint: hostile}
}

func (f fakeWorkflows) Write(context.Context, *service.Proposal) error {
	return &service.Error{Code: "cannot_write", Message: hostile, Hint: hostile}
}

func (f fakeAccount) Status(context.Context) (*service.AccountStatus, error) {
	return &service.AccountStatus{Connected: f.connected, Result: "ok"}, nil
}

func (f fakeWorkflows) Portal(context.Context) (*service.Portal, error) {
	p := service.Portal{Dir: "/portal", Name: "Northwind", TimeZone: "UTC", Answers: "scripted", Era: "responses", Now: now}
	if f.portal != nil {
		p = *f.portal
	}
	return &p, nil
}

func (f fakeWorkflows) items() []*service.WorkflowItem {
	if f.flow == nil {
		return nil
	}
	contact, _ := hubspot.LookupObjectType("contact")
	return []*service.WorkflowItem{{File: "workflows/w.yaml", FileName: "w", Name: f.flow.Name, ObjectType: contact, Actions: len(f.flow.Actions), Asks: 1}}
}

func (f fakeWorkflows) List(context.Context) ([]*service.WorkflowItem, error) { return f.items(), nil }

func (f fakeWorkflows) Workflow(context.Context, string) (*service.Workflow, error) {
	return &service.Workflow{Item: f.items()[0], Flow: f.flow}, nil
}

func (f fakeWorkflows) Tokens(context.Context, string, string) ([]service.TokenChoice, error) {
	return []service.TokenChoice{{Token: "{{ enrolled_object.firstname }}", Label: hostile, Group: hostile, Sample: hostile}}, nil
}

func (f fakeWorkflows) Propose(_ context.Context, file string, edits ...service.Edit) (*service.Proposal, error) {
	return &service.Proposal{File: file, Base: []byte("a"), Text: []byte(hostile), Lines: rewrite.Lines("a", hostile), Problems: source.Problems{{Severity: source.SeverityError, File: file, Message: hostile}}}, nil
}

func (f fakeAssistants) List(context.Context) ([]*domain.Assistant, error) {
	f.lists.Add(1)
	if err := f.err.Load(); err != nil {
		return nil, err
	}
	return f.list, nil
}

func (f fakeAssistants) Models(context.Context) ([]*service.Model, error) { return f.models, nil }

func (f fakeAssistants) Resolve(_ context.Context, q service.SettingsQuery) (*service.Resolution, error) {
	if f.resolve != nil {
		return f.resolve(q)
	}
	out := &service.Resolution{Assistant: q.Assistant, Model: "gpt-6-luna", Temperature: q.Temperature, ReasoningEffort: q.ReasoningEffort, Efforts: []string{"none", "low"}}
	if q.Model != "" {
		out.Model = q.Model
	}
	return out, nil
}

func (f fakeAssistants) Render(_ context.Context, q service.TryRequest) (*service.Rendered, error) {
	f.renders.Add(1)
	if f.render != nil {
		return f.render(q)
	}
	return &service.Rendered{Text: q.Prompt}, nil
}

func (f fakeAssistants) Try(ctx context.Context, q service.TryRequest) (*service.Tried, error) {
	if f.try != nil {
		return f.try(ctx, q)
	}
	return nil, errors.New("nobody answers")
}

func (f fakeRecords) Objects(context.Context) ([]*service.ObjectInfo, error) {
	contact, _ := hubspot.LookupObjectType("contact")
	return []*service.ObjectInfo{{Type: contact, Count: int64(len(f.records))}}, nil
}

func (f fakeRecords) Columns(context.Context, string) ([]hubspot.Property, error) {
	return []hubspot.Property{{Name: "firstname", Label: "First Name"}, {Name: hostile, Label: hostile}}, nil
}

func (f fakeRecords) Page(context.Context, service.RecordQuery) (*service.RecordPage, error) {
	return &service.RecordPage{Records: f.records}, nil
}

func (f fakeRecords) Record(context.Context, string, string) (*service.RecordView, error) {
	return nil, errors.New("it is gone")
}

// hostile is what nobody wants on a terminal.
var hostile = "\x1b[31mred\x1b]0;title\x07 \x9b2J \u202eright to left\u202c a\u200bb e" + strings.Repeat("\u0301", 40) + " 日本語 👩‍👩‍👧 \t\r\n\x00\x7f \xff\xfe שלום " + strings.Repeat("w", 10_000)

func answerOf(s string) *service.Tried {
	return &service.Tried{Took: time.Second, Step: run.Step{ActionID: "1", State: run.Success, Ask: &run.Ask{Assistant: "a", Model: "m", Protocol: "responses", Response: &s, Attempts: 1,
		Usage: &run.Usage{InputTokens: 12345, CachedTokens: 1, OutputTokens: 678}, CostUSD: "0.0012", LatencyMs: 1500}}}
}

// manyModels are models of which some are gone, not allowed, or not offered.
func manyModels(n int) []*service.Model {
	yes, no := true, false
	out := []*service.Model{{ID: "gpt-6-luna", InputUSD: "0.1", CachedUSD: "0.01", OutputUSD: "0.5", Context: 1_050_000, MaxOutput: 128_000, Efforts: []string{"none", "low"}, DefaultEffort: "low", Temperature: "with_none", Allowed: true, Offered: &yes},
		{ID: "gpt-old", Shutdown: "2026-01-01", Gone: true, Temperature: "always", Allowed: true, Offered: &no}, {ID: "gpt-not", Temperature: "never", Offered: &yes}, {ID: "gpt-soon", Shutdown: "2026-12-01", Allowed: true, Offered: &yes}}
	for i := len(out); i < n; i++ {
		out = append(out, &service.Model{ID: "gpt-" + strconv.Itoa(i), InputUSD: "1", OutputUSD: "2", Context: 1000 * i, Allowed: true, Efforts: []string{"low", "high"}})
	}
	return out
}

// wild is a portal in which everything is hostile.
func wild() *fake {
	node := source.NewObject(source.Pos{})
	files := source.NewObject(source.Pos{})
	files.Set("file_search", source.NewString("x", source.Pos{}))
	node.Set("tool_resources", files)
	fields := source.NewObject(source.Pos{})
	fields.Set("prompt", source.NewString("Hello {{ enrolled_object.firstname }} "+hostile, source.Pos{}))
	fields.Set("assistant", source.NewString(hostile, source.Pos{}))
	hot := 1e300
	openAI := flow.DefaultOpenAIAction()
	f := &fake{models: manyModels(60), flow: &flow.Flow{Name: hostile, Actions: []*flow.Action{{ID: "1", Name: hostile, Type: flow.SingleConnection, TypeID: openAI.TypeID, Fields: fields}}}}
	for i := range 40 {
		f.list = append(f.list, &domain.Assistant{ID: hostile + strconv.Itoa(i), Name: hostile, Model: hostile, Description: hostile, Instructions: strings.Repeat(hostile+"\n", 100), Temperature: &hot, TopP: &hot, ReasoningEffort: hostile,
			Tools: []string{hostile, "code_interpreter"}, File: hostile, Node: node})
	}
	f.models = append(f.models, &service.Model{ID: hostile, Name: hostile, InputUSD: hostile, CachedUSD: hostile, OutputUSD: hostile, Context: -5, MaxOutput: 1 << 60, Shutdown: hostile, Efforts: []string{hostile}, DefaultEffort: hostile, Temperature: hostile, Note: hostile, AsOf: hostile})
	f.resolve = func(q service.SettingsQuery) (*service.Resolution, error) {
		return &service.Resolution{Assistant: hostile, Model: hostile, Temperature: &hot, ReasoningEffort: hostile, Warnings: []string{hostile, hostile}, Refused: &run.Error{Code: hostile, Message: hostile, Hint: hostile},
			NoTemperature: hostile, Efforts: []string{hostile}}, nil
	}
	f.render = func(q service.TryRequest) (*service.Rendered, error) {
		return &service.Rendered{Text: hostile + q.Prompt, Problems: []string{hostile}, Tokens: []service.TokenValue{{Token: hostile, Missing: true, Why: hostile}, {Token: "t", Start: -4, End: 1 << 40}, {Token: "t", Start: 3, End: 9}}}, nil
	}
	f.try = func(context.Context, service.TryRequest) (*service.Tried, error) {
		out := answerOf(hostile + strings.Repeat("\x1b[2J5 MB of words \u202e", 5<<20/18))
		out.Step.Warnings = []string{hostile}
		out.Step.Error = &run.Error{Code: hostile, Message: hostile, Hint: hostile}
		out.Step.Ask.History = []run.Attempt{{Status: 429, Code: hostile, Message: hostile, WaitMs: 5}, {Status: 200}}
		return out, nil
	}
	for i := range 30 {
		f.records = append(f.records, hubspot.NewRecordFromMap("contact", hostile+strconv.Itoa(i), map[string]string{"firstname": hostile, hostile: hostile}))
	}
	return f
}

// TestHostileData walks through the whole place with data that tries to break out of it.
func TestHostileData(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{60, 16}, {80, 24}, {99, 20}, {120, 40}, {200, 60}} {
		t.Run(strconv.Itoa(size[0]), func(t *testing.T) {
			t.Parallel()
			d := drive(t, wild().services(), size[0], size[1])
			frames := 0
			d.Each = func(frame string) {
				frames++
				if c := d.frame.Crash(); c != nil {
					t.Fatalf("%v\n%s", c.Value, c.Stack)
				}
				tuitest.Harmless(t, frame, size[0])
			}
			d.Press("down", "down", "enter", "pgdown", "G").See("Instructions").Press("esc", "/").Type("w").Paste(hostile).Press("enter").See("No assistant matches").Press("esc", "u", "$").See("The same on the command line").Press("esc")
			d.Press("c").See("Settings for the next run").Press("enter").See("Over whose own settings?").Press("down", "enter").See("Nothing would be sent")
			d.Press("down", "enter").See("Which assistant").Press("down", "enter").Press("down", "down", "right", "enter", "down", "right", "enter").See("Which reasoning effort").Press("down", "enter")
			d.Press("down", "down", "enter").See("Budget of the next run").Paste(hostile).Press("esc", "m", "G").See("Models").Press("/").Type("gpt").Press("enter", "enter", "w").See("Write it with its 1 error").Press("pgdown", "G", "enter").See("✗")
			d.Press("r").See("✗").Press("esc", "s").See("Prompt").Press("enter").Paste(hostile).Type("words").Press("ctrl+t").See("Insert a data token").Press("esc", "ctrl+r").See("Ask about which record?")
			d.Press("down", "/").Type("x").Press("enter", "enter").See("Prompt", "Result").Press("ctrl+s", "]").See("State").Press("pgdown").Press("]", "G", "[", "[", "pgdown", "y", "ctrl+s").See("Result 2 of 2")
			d.Press("]", "]", "pgdown", "left", "pgdown", "<", ">", "ctrl+g").See("Write the prompt into").Press("esc", "T", "?").See("Keys").Press("esc", "ctrl+p").See("Actions").Press("esc")
			d.Resize(size[0], size[1]).Msg(service.Event{Kind: service.EventPortal}).Msg(service.Event{Kind: service.EventAccount}).Msg(service.Event{Kind: service.EventRuns})
			if frames < 80 {
				t.Errorf("only %d frames were looked at", frames)
			}
		})
	}
}

func TestEmptyPlacesExplainThemselves(t *testing.T) {
	t.Parallel()
	d := drive(t, (&fake{}).services(), 80, 24)
	d.See("There are no assistants yet", "emulator assistants import FILE", "What would be sent is shown here").Press("enter").See("There is no assistant here").Press("r").See("No workflow of this portal asks OpenAI")
	d.Press("c", "enter").See("Any workflow").Press("esc", "s").See("Write a prompt, with data tokens", "Record none", "What is written above is shown here").Press("]").See("Nothing was asked yet").Press("ctrl+s").See("There is no prompt yet")
	d.Press("ctrl+r").See("There are no records").Press("esc", "enter", "ctrl+t").See("Insert a data token", "First Name").Press("enter").See("{{ enrolled_object.firstname }}")
	d.Press("esc", "esc", "m").See("No model matches")
}

func TestErrorsAreShownAndReadAgain(t *testing.T) {
	t.Parallel()
	f := &fake{list: []*domain.Assistant{{ID: "a", Name: "grader", File: "a.yaml"}}}
	f.err.Store(&service.Error{Code: service.CodePortalGone, Message: "The portal folder is gone.", Hint: "mount the disk again"})
	d := drive(t, f.services(), 80, 24)
	d.See("✗ The portal folder is gone. Mount the disk again")
	f.err.Store(nil)
	d.Press("1", "2").See("grader").NotSee("folder is gone")
	f.err.Store(&service.Error{Code: "x", Message: "The file cannot be read."})
	d.Msg(service.Event{Kind: service.EventPortal}).See("✗ The file cannot be read", "grader")
	f.err.Store(nil)
	d.Msg(service.Event{Kind: service.EventPortal}).NotSee("cannot be read")
}

// TestBurstsOfEventsAreReadOnce: what comes while reading is under way is read once, afterwards.
func TestBurstsOfEventsAreReadOnce(t *testing.T) {
	t.Parallel()
	f := &fake{}
	d := drive(t, f.services(), 80, 24)
	before := f.lists.Load()
	for range 50 {
		d.Send(service.Event{Kind: service.EventAccount})
	}
	d.See("no assistants")
	if n := f.lists.Load() - before; n < 1 || n > 2 {
		t.Errorf("the assistants were read %d times", n)
	}
	before = f.lists.Load()
	for range 50 {
		d.Send(service.Event{Kind: service.EventRun, Progress: &service.Progress{Run: "r1"}})
	}
	d.See("no assistants")
	if n := f.lists.Load() - before; n != 0 {
		t.Errorf("the progress of a run made it read the assistants %d times", n)
	}
}

func TestTypingDoesNotPileUpRenderings(t *testing.T) {
	t.Parallel()
	f := &fake{}
	d := drive(t, f.services(), 80, 24)
	d.Press("s", "enter")
	before := f.renders.Load()
	for range 100 {
		d.Send(typed('x'))
	}
	d.See(strings.Repeat("x", 70))
	if n := f.renders.Load() - before; n < 1 || n > 10 {
		t.Errorf("100 letters were rendered %d times", n)
	}
	d.See("[Rendered prompt]")
	if got := strings.Count(d.Screen(), "x"); got < 200 { // in the prompt and as it is rendered
		t.Errorf("the rendered prompt is behind: %d letters\n%s", got, d.Screen())
	}
}

func TestWhatDoesNotWorkAnyMore(t *testing.T) {
	t.Parallel()
	cool := 0.5
	d := drive(t, (&fake{models: manyModels(4), list: []*domain.Assistant{
		{ID: "gone", Model: "gpt-old", Instructions: "x"}, {ID: "not", Model: "gpt-not", Temperature: &cool, Instructions: "x"}, {ID: "soon", Model: "gpt-soon", Instructions: "x"},
		{ID: "tools", Model: "gpt-6-luna", Tools: []string{"file_search"}}, {ID: "clash", Model: "gpt-6-luna", Temperature: &cool, ReasoningEffort: "low", Instructions: "x"}}}).services(), 80, 40)
	d.See("✗  gone", "✗  not", "!  soon", "!  tools", "✗  clash").Press("enter").See("✗ OpenAI switched off the model gpt-old on 2026-01-01. Choose another one.").Press("esc", "down", "enter")
	d.See("✗ portal.yaml does not allow the model gpt-not", "takes no temperature, and the assistant has one").Press("esc", "down", "enter").See("in 8 days").Press("esc", "down", "enter")
	d.See("! Tools are not executed: file_search", "It has no instructions").Press("esc", "down", "enter").See("takes a temperature only with reasoning effort none, and the", "assistant has low")
	d.Press("esc", "m").See("gone 2026-01-01", "2026-12-01   8d", "✗  gpt-not", "▌")
}

func TestAskingCanBeCancelledAndFails(t *testing.T) {
	t.Parallel()
	f := &fake{list: []*domain.Assistant{{ID: "a"}}}
	f.try = func(ctx context.Context, q service.TryRequest) (*service.Tried, error) { return nil, context.Canceled }
	d := drive(t, f.services(), 100, 30)
	d.Press("s", "enter").Type("hi").Press("ctrl+s").See("Cancelled: asking").NotSee("✗")
	f.try = nil
	d.Press("ctrl+s").See("✗ nobody answers")
	f.try = func(context.Context, service.TryRequest) (*service.Tried, error) {
		return nil, &service.Error{Code: service.CodePassphrase, Message: "The key file needs its passphrase."}
	}
	d.Press("ctrl+s").See("Passphrase of the key file", "needs its passphrase").Press("esc")
	var asked service.TryRequest
	f.try = func(_ context.Context, q service.TryRequest) (*service.Tried, error) {
		asked = q
		return answerOf("yes"), nil
	}
	d.Press("ctrl+s").See("yes", "12,345 in, 678 out", "$0.0012", "1.5 s")
	if asked.Prompt != "hi" || asked.Assistant != "a" {
		t.Errorf("asked %+v", asked)
	}
}

// big is a portal with many assistants and models, long prompts and a long answer.
func big() *fake {
	cool := 0.5
	f := &fake{models: manyModels(200)}
	for i := range 1000 {
		f.list = append(f.list, &domain.Assistant{ID: "a" + strconv.Itoa(i), Name: "assistant " + strconv.Itoa(i), Model: "gpt-6-luna", Temperature: &cool, ReasoningEffort: "none", Instructions: strings.Repeat("Answer on one line, please. ", 2000)})
	}
	fields := source.NewObject(source.Pos{})
	fields.Set("prompt", source.NewString(strings.Repeat("Dear {{ enrolled_object.firstname }}, this is a line of a prompt.\n", 100), source.Pos{}))
	fields.Set("assistant", source.NewString("a0", source.Pos{}))
	f.flow = &flow.Flow{Name: "Big", Actions: []*flow.Action{{ID: "1", Name: "ask", Type: flow.SingleConnection, TypeID: flow.DefaultOpenAIAction().TypeID, Fields: fields}}}
	f.records = []*hubspot.Record{hubspot.NewRecordFromMap("contact", "1", map[string]string{"firstname": "Ada"})}
	text := strings.Repeat("A long answer with many words in it. ", 5<<20/37)
	f.try = func(context.Context, service.TryRequest) (*service.Tried, error) { return answerOf(text), nil }
	f.render = func(q service.TryRequest) (*service.Rendered, error) {
		out := &service.Rendered{Text: q.Prompt}
		for i := range 100 {
			out.Tokens = append(out.Tokens, service.TokenValue{Token: "t", Start: 66*i + 5, End: 66*i + 20})
		}
		return out, nil
	}
	return f
}
