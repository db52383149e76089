package workflows

import (
	"context"
	"errors"
	"fmt"
	"sync"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// tested is the view of a workflow's tests: how far they are, and what they came to.
type tested struct {
	s                    *Screen
	file, fileName, name string
	// task runs now; nil when none does.
	task *testTask
	// result is of the last time; nil before the first, and when nothing ran. err then says why, findings where.
	result   *testResult
	err      *service.Error
	findings *findings
	// version is that of the files when the tests ran, "" while it is not known; changed tells that it is another one by now, and
	// stale that this is to be found out when they have run.
	version        string
	changed, stale bool
	versions       ui.Loader
	table          widget.Table[*testRow]
	// passed shows the cases that passed, too.
	passed bool
	split  widget.Split
	// inside tells that the text about the row under the cursor has the keys.
	inside bool
	about  struct {
		loader ui.Loader
		shown  *testText // nil before the first
	}
	width, height int
}

// testTask is one time that tests run.
type testTask struct {
	// ctx ends when they are given up here.
	ctx  context.Context
	stop context.CancelFunc

	mu  sync.Mutex
	now service.TestProgress
}

func (t *testTask) hear(p service.TestProgress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = p
}

func (t *testTask) progress() service.TestProgress {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// far says in a few words how far they are.
func (t *testTask) far() string {
	p := t.progress()
	if p.Test == "" {
		return ""
	}
	far := brief(p.Test) + ": " + report.Number(p.Records) + " of " + report.Count(p.Total, "records")
	if p.Of > 1 {
		far += fmt.Sprintf(", cell %d of %d", p.At, p.Of)
	}
	if p.Failed > 0 {
		far += ", " + report.Number(p.Failed) + " failed"
	}
	return far
}

// testedMsg brings what tests came to.
type testedMsg struct {
	task   *testTask
	result *testResult
	err    error
}

func newTested(s *Screen) *tested {
	v := &tested{s: s, file: s.opened.file, fileName: s.opened.fileName(), name: s.opened.name(), width: s.width, height: s.height}
	v.table = widget.Table[*testRow]{
		Columns: []widget.Column{{Title: "", Width: 1}, {Title: "Tests and cases", Width: 20, Grow: 1}, {Title: "Result", Width: resultWidth, Drop: 1}},
		Cells:   v.cells,
		Key:     func(r *testRow) string { return r.key },
	}
	return v
}

// startTests runs the tests of the workflow, and shows them.
func (s *Screen) startTests() tea.Cmd {
	s.leaveTests()
	s.plan, s.tests = nil, newTested(s)
	return s.tests.start()
}

// leaveTests gives the tests up that run, and shows what was there before.
func (s *Screen) leaveTests() {
	if s.tests == nil {
		return
	}
	s.tests.giveUp()
	s.tests.versions.Cancel()
	s.tests.about.loader.Cancel()
	s.tests = nil
}

func (v *tested) giveUp() {
	if v.task != nil {
		v.task.stop()
		v.task = nil
	}
}

// start runs the tests, as a task that can be cancelled.
func (v *tested) start() tea.Cmd {
	ctx, stop := context.WithCancel(context.Background())
	t := &testTask{ctx: ctx, stop: stop}
	v.task, v.stale, v.inside = t, false, false
	services, file := v.s.env.Services.Tests, v.file
	var result *testResult
	return ui.Start(ui.Task{
		Name: "testing " + v.fileName, Quiet: true, Far: t.far,
		Run: func(ctx context.Context) (string, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(t.ctx, cancel)()
			got, err := services.Run(ctx, file, t.hear)
			if err == nil {
				result, err = newTestResult(got)
			}
			if err != nil {
				return "", err
			}
			return "Tests: " + result.verdict + ".", nil
		},
		Done: func(err error) tea.Msg { return testedMsg{t, result, err} },
	})
}

// tookTests takes what the tests came to, unless they were given up.
func (s *Screen) tookTests(msg testedMsg) tea.Cmd {
	v := s.tests
	msg.task.stop()
	if v == nil || v.task != msg.task {
		return nil
	}
	v.task = nil
	if errors.Is(msg.err, context.Canceled) {
		if v.result == nil && v.err == nil {
			s.leaveTests()
		}
		return nil
	}
	v.changed, v.result, v.err, v.findings, v.version = false, msg.result, nil, nil, ""
	if msg.err != nil {
		v.err = service.AsError(msg.err)
		if len(v.err.Problems) > 0 {
			v.findings = newFindings(s, "", v.err.Problems)
		}
		return tea.Batch(v.recheck(true), ui.Note(v.notRun()))
	}
	v.version = v.result.version
	v.list()
	return tea.Batch(v.follow(), v.recheck(v.stale))
}

// notRun says in a sentence that no test ran.
func (v *tested) notRun() string {
	name := text.Clip(v.name, 60)
	if v.err.Code == service.CodeNoTests {
		return name + " has no tests."
	}
	return "The tests of " + name + " did not run."
}

// list shows the rows of the result.
func (v *tested) list() {
	rows := v.result.rows
	if v.passed {
		rows = v.result.all
	}
	v.table.Set(rows, false, false)
}

// refreshed notes that files of the portal were saved.
func (v *tested) refreshed() tea.Cmd {
	if v.task != nil {
		v.stale = true
		return nil
	}
	return v.recheck(true)
}

// recheck finds out whether the files are still those over which the tests ran, or which those are where nothing ran.
func (v *tested) recheck(wanted bool) tea.Cmd {
	v.stale = false
	if !wanted || v.result == nil && v.err == nil || v.changed {
		return nil
	}
	services, file := v.s.env.Services.Tests, v.file
	return ui.Load(v.s.env, &v.versions, func(ctx context.Context) (*service.TestList, error) { return services.List(ctx, file) })
}

// tookVersion takes the version that the files have now.
func (s *Screen) tookVersion(msg ui.Loaded[*service.TestList]) {
	v := s.tests
	if v == nil || msg.Of != &v.versions || !v.versions.Take(msg.N) || msg.Err != nil {
		return
	}
	if v.version == "" {
		v.version = msg.Value.Version
	}
	v.changed = msg.Value.Version != v.version
}

// back leaves the text, gives up the tests that run, or leaves their result.
func (v *tested) back() {
	switch {
	case v.inside:
		v.inside = false
	case v.task != nil && (v.result != nil || v.err != nil):
		v.giveUp()
	default:
		v.s.leaveTests()
	}
}

// bindings are what can be done here.
func (v *tested) bindings() []ui.Binding {
	running := ""
	if v.task != nil {
		running = "The tests are running; " + v.s.key("app.back") + " stops them."
	}
	again := ui.When("workflows.again", running, v.start)
	if v.err != nil {
		if v.findings == nil {
			return []ui.Binding{again}
		}
		return []ui.Binding{ui.On("workflows.fix", v.fix), again}
	}
	if v.result == nil {
		return []ui.Binding{again}
	}
	file := ui.When("workflows.testfile", v.noFile(), v.edit)
	if v.inside {
		return []ui.Binding{again, file}
	}
	id, none := "workflows.passed", ""
	if v.passed {
		id = "workflows.failed"
	}
	if v.result.passed == 0 {
		none = "No case passed."
	}
	return []ui.Binding{ui.On("workflows.case", v.open), again, ui.When(id, none, v.toggle), file}
}

func (v *tested) noFile() string {
	if r, ok := v.table.Selected(); !ok || r.file == "" {
		return "This line stands for no place in a file."
	}
	return ""
}

// edit opens the file of the row under the cursor in the editor.
func (v *tested) edit() tea.Cmd {
	r, ok := v.table.Selected()
	if !ok {
		return nil
	}
	return v.s.editAt(r.file, v.s.pathOf(r.file), r.line, r.column)
}

// fix opens the file of the finding under the cursor in the editor.
func (v *tested) fix() tea.Cmd {
	x, ok := v.findings.table.Selected()
	if !ok || x.p.File == "" {
		return nil
	}
	return v.s.editAt(x.p.File, v.s.pathOf(x.p.File), x.p.Line, x.p.Col)
}

// open goes into the text about the row under the cursor, or shows and hides the cases that passed.
func (v *tested) open() tea.Cmd {
	r, ok := v.table.Selected()
	if ok && r.kind == rowPassed {
		return v.toggle()
	}
	v.inside = ok
	return v.follow()
}

// toggle shows the cases that passed, or hides them.
func (v *tested) toggle() tea.Cmd {
	v.passed = !v.passed
	v.list()
	return v.follow()
}

// follow writes what there is to say about the row under the cursor.
func (v *tested) follow() tea.Cmd { return v.write(false) }

// write writes it; repaint also when it is shown already.
func (v *tested) write(repaint bool) tea.Cmd {
	r, ok := v.table.Selected()
	if !ok || v.result == nil || !repaint && v.about.shown != nil && v.about.shown.row == r {
		return nil
	}
	in := &testInput{th: v.s.env.Theme, portal: v.s.env.Portal, result: v.result, row: r}
	return ui.Load(v.s.env, &v.about.loader, func(ctx context.Context) (*testText, error) {
		d := in.draw().Doc
		return &testText{r, d, d.Sheet()}, ctx.Err()
	})
}

// testText is what there is to say about a row.
type testText struct {
	row   *testRow
	doc   *widget.Doc
	sheet *widget.Sheet
}

// tookText takes the text about a row.
func (s *Screen) tookText(msg ui.Loaded[*testText]) {
	v := s.tests
	if v == nil || msg.Of != &v.about.loader || !v.about.loader.Take(msg.N) || msg.Err != nil {
		return
	}
	if now := v.about.shown; now != nil && now.row == msg.Value.row {
		now.sheet.Repaint(msg.Value.doc) // it stays where it was scrolled to
		return
	}
	v.about.shown = msg.Value
}
