package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"askflow/internal/action"
	"askflow/internal/clock"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// walker is one record's way through the flow. It can stop at a delay that somebody really waits for, and go on later.
type walker struct {
	p       *Program
	seq     int64
	scope   *action.Scope
	started time.Time
	next    string // the action to execute next, "" at the end of the path
	state   run.State
	reason  string
	steps   []run.Step
	effects []run.Effect
	// wait is set while the enrollment is parked in a delay, or for a moment, to be stored before it goes on.
	wait *time.Time
	// woken tells that the wait has passed for real already, so that it only needs to pass on the timeline.
	woken bool
	// forever tells that the enrollment stays ACTIVE for good, in a delay that does not end.
	forever bool
	// announced tells that the store knows of the question that comes next; again, that an earlier try sent it already.
	announced, again bool
	// stop is the failure that must end the whole run.
	stop *run.Error
	// replaces is what the totals hold of the stored row that this enrollment goes on from or takes the place of.
	replaces *contribution
}

// newWalker considers a record for enrollment.
func (p *Program) newWalker(seq int64, rec *hubspot.Record) *walker {
	mode := p.cfg.Clock
	if p.cfg.Durable && mode == clock.Skip {
		mode = clock.Real // delays are skipped, answers are waited for
	}
	t := clock.NewTimeline(p.cfg.Now, mode)
	return &walker{p: p, seq: seq, scope: action.NewScope(seq, rec, p.flow.DataSources, p.cfg.World, t), started: t.Now()}
}

// enroll applies the enrollment rules; false means that the record does not enroll, and why is kept.
func (w *walker) enroll() bool {
	if why := w.p.refusal(w.scope); why != "" {
		w.state, w.reason = run.NotEnrolled, why
		return false
	}
	w.state = run.Active
	w.next = w.p.flow.StartActionID
	return true
}

// walk executes actions until the path ends, the record leaves, or a delay must really be waited for. The error is the
// context's, or w.stop; the enrollment then counts as not having happened.
func (w *walker) walk(ctx context.Context) error {
	ctx = clock.With(ctx, w.scope.Timeline)
	if w.wait != nil {
		if w.woken {
			w.scope.Timeline.Set(*w.wait)
		} else if err := w.scope.Timeline.SleepUntil(ctx, *w.wait); err != nil {
			return err
		}
		w.wait, w.woken = nil, false
	}
	for w.next != "" && w.state == run.Active {
		if len(w.steps) >= MaxSteps {
			w.state, w.reason = run.Unenrolled, loops()
			break
		}
		n := w.p.nodes[w.next]
		if n == nil { // validate reports it; a portal would never hold such a flow
			w.state, w.reason = run.Unenrolled, "the workflow has no action "+w.next
			break
		}
		if w.announce(n) {
			return nil
		}
		if err := w.step(ctx, n); err != nil {
			return err
		}
		if w.wait != nil {
			return nil
		}
	}
	if w.state == run.Active && !w.forever {
		w.state = run.Completed
	}
	return nil
}

// asking is the reason of an ACTIVE row whose enrollment has sent a question that nobody has answered yet.
// The id of the action that asks stands behind it.
const asking = "asking in step "

// goesOn is the reason of an ACTIVE row whose enrollment goes on with the action whose id stands behind it, and has sent
// nothing for it.
const goesOn = "goes on with step "

// Asking tells whether a stored enrollment had sent a question that nobody has answered, and in which action.
func Asking(row *run.Row) (actionID string, ok bool) {
	actionID, ok = strings.CutPrefix(row.Reason, asking)
	return actionID, ok && row.State == run.Active
}

// announce parks an enrollment that is about to ask for money, so that the store knows of the request before it is sent.
func (w *walker) announce(n *node) bool {
	if !w.p.cfg.Durable || !n.asks || n.pin != nil || n.stub || w.announced {
		return false
	}
	now := w.scope.Now()
	w.announced, w.reason, w.wait = true, asking+n.action.ID, &now
	return true
}

// answered parks an enrollment that got an answer for money, so that the answer is stored before anything else happens.
func (w *walker) answered(step *run.Step) {
	if w.again {
		step.Warnings = append(step.Warnings, "asked again: the run ended while an earlier request was under way, and OpenAI may have charged for it")
	}
	w.announced, w.again, w.reason = false, false, ""
	if w.state == run.Active && w.wait == nil && w.next != "" {
		now := w.scope.Now()
		w.wait = &now
	}
}

// refused takes an announcement back when the server said no to every request, or nothing was sent: then nothing is under
// way, and nothing can have been charged.
func (w *walker) refused(asked *run.Ask) {
	unsure := func(a run.Attempt) bool { return a.Status < 400 }
	if !w.announced || asked != nil && (asked.Response != nil || slices.ContainsFunc(asked.History, unsure)) {
		return
	}
	now := w.scope.Now()
	w.announced, w.reason, w.wait = w.again, goesOn+w.next, &now
	if w.again { // of the request before, nobody knows
		w.reason = asking + w.next
	}
}

// step executes one action and lays its outcome over the enrollment.
func (w *walker) step(ctx context.Context, n *node) error {
	started := w.scope.Now()
	visit := w.scope.Enter(n.action.ID)
	out := w.execute(ctx, n)
	if err := ctx.Err(); err != nil {
		if out.Ask != nil && len(out.Ask.History) > 0 { // without a word about requests, one may be under way
			w.refused(out.Ask)
		}
		return err
	}
	if out.Error != nil && out.Error.Stops {
		w.stop = out.Error
		w.refused(out.Ask)
		return out.Error
	}
	step := run.Step{ActionID: n.action.ID, ActionTypeID: n.kindID, Name: n.action.Name, Label: n.label, State: out.State,
		Branch: out.Branch, Reason: out.Reason, Outputs: out.Outputs, Inputs: out.Inputs, Pinned: out.Pinned, Stubbed: out.Stubbed,
		WaitUntil: out.WaitUntil, Ask: out.Ask, Error: out.Error, Warnings: out.Warnings}
	if visit > 1 {
		step.Visit = visit
	}
	changed := false
	for i := range out.Effects {
		e := &out.Effects[i]
		e.ActionID = n.action.ID
		w.scope.Apply(e)
		changed = changed || e.Type == run.EffectProperty
	}
	w.effects = append(w.effects, out.Effects...)
	w.scope.Keep(n.action.ID, n.action.Name, out.State, out.Outputs)
	if w.next = n.next; out.NextSet {
		w.next = out.Next
	}
	w.goOn(out, changed)
	if w.p.cfg.Timings {
		ended := w.scope.Now()
		if w.wait != nil { // when a delay ends does not depend on whether somebody really waits for it
			ended = *w.wait
		}
		step.Started, step.Ended = &started, &ended
	}
	if w.announced {
		w.answered(&step)
	}
	w.steps = append(w.steps, step)
	return nil
}

// goOn decides, after a step, whether the record stays in the workflow, and what it waits for.
func (w *walker) goOn(out run.Outcome, changed bool) {
	if changed {
		if goal, why := w.p.leaves(w.scope); why != "" {
			w.state, w.reason, w.next = run.Unenrolled, why, ""
			if goal {
				w.state = run.GoalMet
			}
		}
	}
	if out.Forever && w.state == run.Active {
		w.forever, w.reason, w.next = true, out.Reason, ""
	}
	if out.WaitUntil != nil && w.state == run.Active {
		if w.p.cfg.Clock != clock.Skip {
			w.wait = out.WaitUntil
		} else if out.WaitUntil.After(w.scope.Now()) {
			w.scope.Timeline.Set(*out.WaitUntil)
		}
	}
}

// execute runs the action, or what --pin and --stub put in its place.
func (w *walker) execute(ctx context.Context, n *node) run.Outcome {
	switch {
	case n.pin != nil:
		return action.AskPinned(n.runner, w.scope, *n.pin)
	case n.given != nil:
		return action.Given(n.given)
	case n.stub:
		return action.Stub(n.runner, n.action, w.scope)
	}
	return n.runner.Run(ctx, w.scope)
}

// row encodes the enrollment for store and output.
func (w *walker) row() (run.Row, contribution) {
	c := contribute(w)
	row := run.Row{Seq: w.seq, Record: refOf(w.scope), State: w.state, Reason: w.reason,
		Steps: run.AppendSteps(nil, w.steps), Effects: run.AppendEffects(nil, w.effects),
		FailedSteps: c.failed, Asks: c.asks, NoAnswer: c.noAnswer, CostUSD: c.costText()}
	if w.state != run.NotEnrolled {
		row.Started, row.Ended = w.started, w.scope.Now()
	}
	return row, c
}

// resume puts a walker back to where a stored row left it: parked in its last step's delay.
func (w *walker) resume(result *run.Result, row *run.Row) {
	w.state, w.reason = run.Active, ""
	w.next = w.p.flow.StartActionID
	w.steps, w.effects = result.Steps, result.Effects
	for i := range w.effects {
		w.scope.Apply(&w.effects[i])
	}
	for i := range w.steps {
		s := &w.steps[i]
		w.scope.Enter(s.ActionID)
		w.scope.Keep(s.ActionID, s.Name, s.State, s.Outputs)
		w.next = ""
		if n := w.p.nodes[s.ActionID]; n != nil {
			w.next = n.next
		}
		w.wait = s.WaitUntil
	}
	if id, ok := strings.CutPrefix(row.Reason, asking); ok {
		w.next, w.announced, w.again = id, true, true
	}
	if id, ok := strings.CutPrefix(row.Reason, goesOn); ok {
		w.next = id
	}
	if strings.HasPrefix(row.Reason, action.NeverGoesOn) {
		w.forever, w.reason, w.next, w.wait = true, row.Reason, "", nil
	}
	w.scope.Timeline.Set(row.Ended)
}
