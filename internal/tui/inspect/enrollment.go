package inspect

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Enrollment shows one record's way through a workflow: the steps, and each of them closely. Its methods mean what those of
// ui.Screen do.
type Enrollment struct {
	env  *ui.Env
	run  *run.Run
	seq  int64
	load ui.Loader
	// row is nil before it was read; err says why it could not be read the last time.
	row  *row
	of   int64 // the place that row is of
	err  error
	read time.Time       // when the last load began
	seen *service.Portal // what the portal was then
	// again tells that the row changed while it was being read.
	again bool

	steps widget.Table[stepRow]
	split widget.Split
	// wanted is an action to select as soon as there is a row.
	wanted string
	// tab and modes are what a person chose, "" for what suits the step.
	tab, promptMode, responseMode string
	reader                        reader
	drawn                         struct{ head, width, height int }
}

// NewEnrollment shows what the record at place seq of a run's input came to. It reads with the first ui.Shown.
func NewEnrollment(env *ui.Env, r *run.Run, seq int64) *Enrollment {
	e := &Enrollment{env: env, run: r, seq: seq}
	e.reader.env = env
	e.steps = widget.Table[stepRow]{Cells: e.cells, Key: stepKey, Empty: "Nothing was executed for this record."}
	return e
}

// Seq is the place of the record in the run's input.
func (e *Enrollment) Seq() int64 { return e.seq }

// Stands tells how the run stands now.
func (e *Enrollment) Stands(r *run.Run) {
	if r.ID == e.run.ID {
		e.run = r
	}
}

// Record is the record, false before it was read.
func (e *Enrollment) Record() (run.RecordRef, bool) {
	if e.row == nil {
		return run.RecordRef{}, false
	}
	return e.row.result.Record, true
}

// Action is the id of the action whose step is selected, "" for none.
func (e *Enrollment) Action() string {
	if s := e.step(); s != nil {
		return s.ActionID
	}
	return ""
}

// Show shows another record of the same run, at the same action, tab and mode.
func (e *Enrollment) Show(seq int64) tea.Cmd {
	if seq == e.seq && e.row != nil {
		return nil
	}
	if e.wanted == "" {
		e.wanted = e.Action()
	}
	e.seq, e.err = seq, nil
	return e.reload()
}

// SelectAction selects the step of an action; of one that was visited several times, the first one that asked or failed, or else the first.
func (e *Enrollment) SelectAction(actionID string) {
	e.wanted = actionID
	if e.row != nil {
		e.choose()
	}
}

// choose puts the cursor on what is wanted; without a wish, on the first step that failed, or asked.
func (e *Enrollment) choose() {
	at, failed, asked := -1, -1, -1
	for i, k := range e.row.steps {
		s := k.step
		if failed < 0 && s.State == run.FailContinue {
			failed = i
		}
		if asked < 0 && s.Ask != nil {
			asked = i
		}
		if e.wanted != "" && s.ActionID == e.wanted && (at < 0 || e.row.steps[at].step.Ask == nil && e.row.steps[at].step.State == run.Success && (s.Ask != nil || s.State == run.FailContinue)) {
			at = i
		}
	}
	for _, i := range []int{at, failed, asked} {
		if i >= 0 {
			e.steps.Select(stepKey(e.row.steps[i]))
			break
		}
	}
	e.wanted = ""
}

// step is the selected step, nil for none.
func (e *Enrollment) step() *run.Step {
	if k, ok := e.steps.Selected(); ok {
		return k.step
	}
	return nil
}

func (e *Enrollment) reload() tea.Cmd {
	e.again, e.read, e.seen = false, e.now(), e.env.Portal
	return ui.Load(e.env, &e.load, rowQuery(e.env, e.run, e.seq, e.row))
}

func (e *Enrollment) now() time.Time {
	if e.env.Now == nil {
		return time.Time{}
	}
	return e.env.Now()
}

// Update takes a message.
func (e *Enrollment) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Shown:
		if e.row == nil && !e.load.Busy() || e.err != nil || e.seen != e.env.Portal {
			return e.reload()
		}
	case ui.Refresh:
		return e.reload() // users may have other names now
	case ui.Themed:
		e.reader.forget()
		return e.show()
	case service.Event:
		return e.event(msg)
	case ui.Loaded[*row]:
		return e.loaded(msg)
	case ui.Loaded[*content]:
		e.reader.loaded(msg)
	case tea.KeyPressMsg:
		return e.key(msg)
	case tea.PasteMsg:
		e.reader.paste(msg.Content)
	case ui.Click:
		return e.click(msg)
	case ui.Wheel:
		return e.wheel(msg)
	}
	return nil
}

// event reads the row again when it may be another one now, at most four times a second.
func (e *Enrollment) event(ev service.Event) tea.Cmd {
	const least = 250 * time.Millisecond
	var ended bool
	switch {
	case ev.Kind == service.EventRuns:
		ended = true
	case ev.Kind == service.EventRun && ev.Progress != nil && ev.Progress.Run == e.run.ID:
		ended = ev.Progress.Ended
	default:
		return nil
	}
	final := e.err == nil && e.row != nil && e.row.result.Enrollment.State != run.Active && e.row.result.Enrollment.State != run.Interrupted
	if final && !ended {
		return nil
	}
	if e.load.Busy() {
		e.again = true
		return nil
	}
	if !ended && e.now().Sub(e.read) < least {
		return nil
	}
	return e.reload()
}

// loaded takes a row. The cursor stays at its step, unless the row is another record's.
func (e *Enrollment) loaded(msg ui.Loaded[*row]) tea.Cmd {
	if msg.Of != &e.load || !e.load.Take(msg.N) {
		return nil
	}
	if e.err = msg.Err; msg.Err != nil {
		if e.of != e.seq { // what is there is another record
			e.row = nil
			e.reader.clear()
			e.steps.Reset(nil, false, false)
		}
		return nil
	}
	if msg.Value == e.row && e.of == e.seq { // nothing has changed
		return e.more(nil)
	}
	first := e.row == nil || e.row.result.Record != msg.Value.result.Record || e.wanted != ""
	e.row, e.of = msg.Value, e.seq
	e.reader.forget()
	e.steps.Columns = stepColumns(e.row.steps)
	if first {
		e.steps.Reset(e.row.steps, false, false)
		e.choose()
	} else {
		e.steps.Set(e.row.steps, false, false)
	}
	return e.more(e.show())
}

// more reads again when the row changed meanwhile.
func (e *Enrollment) more(cmd tea.Cmd) tea.Cmd {
	if e.again || e.seen != e.env.Portal {
		return tea.Batch(cmd, e.reload())
	}
	return cmd
}

// show shows what is selected at the right.
func (e *Enrollment) show() tea.Cmd {
	k, ok := e.steps.Selected()
	if !ok || e.row == nil {
		e.reader.clear()
		return nil
	}
	titles := e.row.tabsOf(k.step)
	at := slices.Index(titles, e.tab)
	if at < 0 {
		at = max(0, slices.Index(titles, e.row.tabFor(k.step)))
	}
	mode := ""
	switch titles[at] {
	case tabPrompt:
		mode = e.promptMode
	case tabResponse:
		mode = e.responseMode
	}
	e.reader.tabs = widget.Tabs{Titles: titles, At: at}
	tab := tabOf{th: e.env.Theme, row: e.row, at: k.at, tab: titles[at], mode: mode}
	return e.reader.show(tabKey{stepKey(k), tab.tab, tab.mode}, k.weight, tab.build)
}

// key takes a key that no binding took.
func (e *Enrollment) key(msg tea.KeyPressMsg) tea.Cmd {
	if e.reader.find.Editing || e.reader.filterKey(msg) {
		return e.reader.findKey(msg)
	}
	if cmd, taken := e.split.Press(e.env, msg); taken {
		return cmd
	}
	before := e.reader.tabs.At
	if _, taken := e.reader.tabs.Press(e.env, msg); taken {
		return e.chooseTab(before)
	}
	is := e.env.Keys.Is
	if e.split.Focus == 1 {
		if e.reader.press(msg) {
			return nil
		}
		if is("nav.left", msg.String()) {
			e.split.Focus = 0
		}
		return nil
	}
	switch key := msg.String(); {
	case is("nav.right", key):
		e.split.Focus = 1
		return nil
	case is("nav.mark", key), is("nav.range", key), is("nav.unmark", key): // nothing is done with several steps
		return nil
	}
	was := e.steps.Cursor()
	_, _ = e.steps.Press(e.env, msg)
	if e.steps.Cursor() != was {
		return e.show()
	}
	return nil
}

func (e *Enrollment) chooseTab(before int) tea.Cmd {
	if at := e.reader.tabs.At; at != before && at < len(e.reader.tabs.Titles) {
		e.tab = e.reader.tabs.Titles[at]
		return e.show()
	}
	return nil
}

// Typing tells that letters go into the word to find.
func (e *Enrollment) Typing() bool { return e.reader.find.Editing }

// Back leaves the search, then the text; false when only the timeline is left.
func (e *Enrollment) Back() bool {
	switch {
	case e.reader.leaveFind():
	case e.split.Zoom:
		e.split.Zoom = false
	case e.split.Focus == 1:
		e.split.Focus = 0
	default:
		e.load.Cancel()
		e.reader.load.Cancel()
		return false
	}
	return true
}

// Crumbs say which record, and which step of it is read.
func (e *Enrollment) Crumbs() []string {
	if e.row == nil {
		return []string{"record"}
	}
	out := []string{recordTitle(e.row.result.Record)}
	if s := e.step(); s != nil && e.split.Focus == 1 {
		out = append(out, stepTitle(s))
	}
	return out
}
