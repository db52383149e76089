package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
)

// launcher is service.Launcher.
type launcher struct {
	l *Local

	mu     sync.Mutex
	active []*launch // in the order of their start
}

var _ service.Launcher = (*launcher)(nil)

func newLauncher(l *Local) *launcher { return &launcher{l: l} }

// launch is a run that was started here.
type launch struct {
	cancel   context.CancelFunc
	started  chan *service.Started // holds one
	failed   chan error            // holds one: why it did not start
	done     chan struct{}         // closed when it has ended and that was told
	progress *progress             // nil until it started
}

func requestOf(r service.RunRequest) emulator.Request {
	return emulator.Request{Workflow: r.Workflow, Enroll: r.Enroll, Answers: r.Answers, Assistant: r.Assistant, Model: r.Model, Temperature: r.Temperature,
		ReasoningEffort: r.ReasoningEffort, Concurrency: r.Concurrency, Seed: 1, Clock: r.Clock, Era: r.Era, MaxCost: r.MaxCost,
		Resume: r.Resume, RetryFailed: r.RetryFailed, PrepareDraft: r.DraftMissing}
}

// Start starts a run.
func (x *launcher) Start(ctx context.Context, r service.RunRequest) (*service.Started, error) {
	s, err := x.l.saved(ctx)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(ctx.Err(), checkGoingOn(r)); err != nil {
		return nil, problem(err)
	}
	goesOn := r.Resume + r.RetryFailed
	if goesOn != "" {
		if err := changeable(s.e, goesOn); err != nil {
			return nil, err
		}
	}
	n := &launch{started: make(chan *service.Started, 1), failed: make(chan error, 1), done: make(chan struct{})}
	spawned := x.l.spawn(func(all context.Context) {
		one, cancel := context.WithCancel(all)
		defer cancel()
		stop := context.AfterFunc(ctx, func() {
			if x.begun(n) == nil { // nobody waits for it any more, and nobody knows it
				cancel()
			}
		})
		defer stop()
		n.cancel = cancel
		x.execute(one, s, r, n)
	})
	if !spawned {
		return nil, closed()
	}
	select {
	case started := <-n.started:
		return started, nil
	case err := <-n.failed:
		return nil, err
	case <-ctx.Done():
		<-n.done
		select {
		case started := <-n.started:
			return started, nil
		default:
			return nil, ctx.Err()
		}
	}
}

// checkGoingOn refuses what the emulator would quietly leave aside.
func checkGoingOn(r service.RunRequest) error {
	switch {
	case r.Resume != "" && r.RetryFailed != "":
		return usage("usage", "A run is either resumed or its failed enrollments are run again, not both at once.", "choose one of them")
	case r.Concurrency < 0:
		return usage("usage", fmt.Sprintf("%d records cannot be walked at once.", r.Concurrency), "use at least 1, or 0 for the default")
	case r.Resume+r.RetryFailed == "":
		return nil
	case r.Enroll != "" && r.Enroll != "matching", r.Answers != "", r.Assistant != "", r.Model != "", r.Temperature != nil, r.ReasoningEffort != "", r.Clock != "", r.Era != "":
		return usage("usage", "A run that goes on keeps the settings it was started with.", "start a new run to change them")
	}
	return nil
}

// changeable refuses to change a run when the runs that are shown are the portal's own and cannot be written.
func changeable(e *emulator.Emulator, id string) error {
	if e.RunsDir() == e.Portal.StateDir {
		return nil
	}
	return usage("cannot_write", fmt.Sprintf("Run %s is kept in the portal folder, which cannot be written to.", id), "make the folder writable, or copy the portal to a folder that is")
}

// execute runs to the end.
func (x *launcher) execute(ctx context.Context, s *snapshot, r service.RunRequest, n *launch) {
	defer close(n.done)
	defer recovered(func(err error) { // beside the run itself: why it did not start, if nobody was told
		select {
		case n.failed <- problem(err):
		default:
		}
		x.l.broken(err)
	})
	summary, err := x.run(ctx, s, r, n)
	p := x.begun(n)
	if p == nil {
		if err == nil && summary != nil && summary.Err != nil {
			err = summary.Err
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		n.failed <- x.l.wanting(ctx, s, problem(s.unreadable(r.Workflow, err)))
		return
	}
	defer func() {
		x.mu.Lock()
		x.active = slices.DeleteFunc(x.active, func(o *launch) bool { return o == n })
		x.mu.Unlock()
		p.end(summary, err)
	}()
	x.l.sawLimits(ctx, s, summary)
	x.l.keeper.noted()
}

// run runs, and makes an error of a panic on the way.
func (x *launcher) run(ctx context.Context, s *snapshot, r service.RunRequest, n *launch) (summary *emulator.Summary, err error) {
	defer recovered(func(broken error) { err = broken })
	req := requestOf(r)
	req.Concurrency = x.atOnce(ctx, s, r)
	before := x.before(ctx, s, req)
	hooks := emulator.Hooks{
		Started: func(stored *run.Run, total int64, warnings source.Problems) {
			p := newProgress(x.l, s, r, stored, total, before)
			x.mu.Lock()
			n.progress = p
			x.active = append(x.active, n)
			x.mu.Unlock()
			p.begin()
			copied := *stored
			n.started <- &service.Started{Run: &copied, Total: total, Warnings: warnings}
		},
		Rows: func(rows []run.Row, _ bool) error {
			x.begun(n).add(rows)
			return nil
		},
	}
	return s.e.Run(ctx, req, hooks)
}

// atOnce is how many enrollments a run walks at once when nobody said. One that waits for nothing, neither a server nor the clock, would
// take every processor, and keys would have to wait for their turn: it gets half of them, and no more than one writer can keep
// up with. It never shows in what a run does.
func (x *launcher) atOnce(ctx context.Context, s *snapshot, r service.RunRequest) int {
	const most = 4
	if r.Concurrency > 0 {
		return r.Concurrency
	}
	answers, clock := r.Answers, r.Clock
	if id := r.Resume + r.RetryFailed; id != "" {
		_ = x.l.store.use(ctx, s.e.RunsDir(), func(from reader) error { // what cannot be read, the run itself says better
			stored, err := from.Run(ctx, id)
			if err == nil {
				answers, clock = stored.Answers, storedRequest(stored.Settings).Clock
			}
			return err
		})
	}
	if answers == "" {
		answers = s.e.Portal.Settings.Answers
	}
	if answers != "scripted" && answers != "replay" || clock != "" && clock != "skip" {
		return 0
	}
	return min(most, max(1, runtime.NumCPU()/2))
}

// storedRequest is what a stored run was asked for, as far as is needed here.
func storedRequest(settings json.RawMessage) (out struct{ MaxCost, Clock string }) {
	var stored struct {
		Request struct {
			MaxCost string `json:"maxCost"`
			Clock   string `json:"clock"`
		} `json:"request"`
	}
	if json.Unmarshal(settings, &stored) == nil {
		out.MaxCost, out.Clock = stored.Request.MaxCost, stored.Request.Clock
	}
	return out
}

// unreadable explains why a workflow that was named is not there: its file has errors. Other errors pass unchanged.
func (s *snapshot) unreadable(name string, err error) error {
	var p *portal.Error
	if !errors.As(err, &p) || p.Code != "unknown_workflow" {
		return err
	}
	var found source.Problems
	for _, f := range s.e.Portal.Problems.Errors() {
		base := path.Base(f.File)
		if isWorkflow(f.File) && slices.Contains([]string{f.File, base, strings.TrimSuffix(base, path.Ext(base))}, name) {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return err
	}
	e := usage("invalid_portal", fmt.Sprintf("The workflow %.200q cannot be read: its file has errors.", name), "correct them first")
	e.Problems, e.Cause = found, err
	return e
}

// begun is the progress of a run that has started, nil before.
func (x *launcher) begun(n *launch) *progress {
	x.mu.Lock()
	defer x.mu.Unlock()
	return n.progress
}

// busy tells whether a run goes on here.
func (x *launcher) busy() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.active) > 0
}

// Cancel interrupts a run.
func (x *launcher) Cancel(ctx context.Context, id string) error {
	x.mu.Lock()
	var found *launch
	for _, n := range x.active {
		if n.progress.is(id) || id == "last" {
			found = n
		}
	}
	x.mu.Unlock()
	if found == nil {
		return usage("not_running", fmt.Sprintf("No run %.40q goes on here.", id), "only runs that were started here can be interrupted here")
	}
	found.cancel()
	select {
	case <-found.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Active lists the runs that go on.
func (x *launcher) Active(ctx context.Context) ([]*service.Progress, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x.mu.Lock()
	active := slices.Clone(x.active)
	x.mu.Unlock()
	out := []*service.Progress{}
	for _, n := range active {
		out = append(out, n.progress.now())
	}
	return out, nil
}

// Plan says what a run would ask and cost.
func (x *launcher) Plan(ctx context.Context, r service.RunRequest) (*run.Plan, error) {
	s, err := x.l.saved(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.e.Plan(ctx, requestOf(r))
	if err != nil {
		return nil, problem(s.unreadable(r.Workflow, err))
	}
	return p, nil
}

// before are the rows that a run which goes on will replace, so that its totals can be told while it goes on.
func (x *launcher) before(ctx context.Context, s *snapshot, req emulator.Request) map[int64]counts {
	out := map[int64]counts{}
	q := run.Query{AfterSeq: -1, States: []run.State{run.Active}}
	switch {
	case req.Resume+req.RetryFailed == "":
		return out
	case req.RetryFailed != "":
		q = run.Query{AfterSeq: -1, Failed: true}
	}
	// What cannot be read, the run itself says better.
	_ = x.l.store.use(ctx, s.e.RunsDir(), func(r reader) error {
		return r.Rows(ctx, req.Resume+req.RetryFailed, q, func(row *run.Row) error {
			out[row.Seq] = countsOf(row)
			return nil
		})
	})
	return out
}

// budgetOf is what a run may cost at most: the lower of its own limit and the portal's, "" without one.
func budgetOf(p *portal.Portal, settings json.RawMessage, asked string) string {
	if asked == "" {
		asked = storedRequest(settings).MaxCost
	}
	lowest, text := assistant.Money(0), ""
	for _, limit := range []string{asked, p.Settings.OpenAI.Limits.MaxCostUSD} {
		m, err := assistant.ParseMoney(strings.TrimSpace(limit))
		if err != nil || limit == "" || m == 0 && limit != asked {
			continue
		}
		if text == "" || m < lowest {
			lowest, text = m, m.String()
		}
	}
	return text
}
