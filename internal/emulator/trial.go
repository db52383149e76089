package emulator

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/recording"
	"askflow/internal/records"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Trial is a run that somebody looks at record by record while it goes on: prompt tests and samples are made of them.
type Trial struct {
	Request
	// Keep stores the run like any other. One that asks live is always kept: its answers cost money.
	Keep bool
	// Asks counts the questions that were really sent so far; nil where nobody counts. A run during which it stays the same cost
	// nothing, and is kept no longer than Keep says.
	Asks func() int64
	// Record is the command that records answers, for messages; "" for the one that runs the workflow.
	Record string
	// Only says which records are considered at all; nil for all. It is called in input order, by one goroutine.
	Only func(rec *hubspot.Record) bool
	// Answered is told of every scripted rule that answers, by any goroutine; nil for nobody.
	Answered func(*openaisim.Rule)
	// Asked is told of the key of every question that is replayed, and whether it has a recording, by any goroutine; nil for nobody.
	Asked func(key string, recorded bool)
	// Started is called once, before the first record. An error ends the trial before anything is asked.
	Started func(*Stage) error
	// Rows is called with groups of final rows in input order, by one goroutine. An error ends the trial.
	Rows func(ctx context.Context, rows []run.Row) error
}

// Stage is what a trial runs on.
type Stage struct {
	Run      *run.Run
	Flow     *flow.Flow
	Program  *engine.Program
	Schema   hubspot.Schema
	Total    int64 // records in the input
	Warnings source.Problems

	e *Emulator
	p *prepared
}

// Trial runs a trial to its end. A *Summary comes back as soon as the run has begun; its Err says why it ended early.
func (e *Emulator) Trial(ctx context.Context, t Trial) (s *Summary, err error) {
	defer engine.Recover(&err)
	p, err := e.prepareTo(ctx, t.Request, nil, &prepared{answered: t.Answered, asked: t.Asked, record: t.Record})
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.close() }() // what matters was closed, and its errors told, when the run ended
	keep, sent := t.Keep || p.asksLive(), t.sent()
	var store run.Store = nowhere{}
	if keep {
		if store, err = e.store(ctx, p.asksLive()); err != nil {
			return nil, err
		}
		defer func() { _ = store.Close() }()
	}
	r, err := e.newRun(p)
	if err != nil {
		return nil, err
	}
	stage := &Stage{Run: r, Flow: p.flow, Program: p.program, Schema: p.schema, Total: p.total, Warnings: p.warnings, e: e, p: p}
	if t.Started != nil {
		if err := t.Started(stage); err != nil {
			return nil, err
		}
	}
	if err := store.Begin(ctx, r); err != nil {
		return nil, err
	}
	ordered := p.mode == clock.Skip && !p.asksLive()
	hooks := Hooks{only: t.Only}
	if ordered {
		hooks.Rows = func(rows []run.Row, _ bool) error { return t.Rows(ctx, rows) }
	} else {
		hooks.walked = func(ctx context.Context, stored run.Reader, id string) error {
			return inGroups(ctx, stored, id, t.Rows)
		}
		if !keep { // a scripted run on a real clock: rows come in any order
			late := &rowKeeper{}
			hooks.Rows = late.keep
			hooks.walked = func(ctx context.Context, _ run.Reader, _ string) error { return late.give(ctx, t.Rows) }
		}
	}
	s, err = e.execute(ctx, p, store, r, engine.Options{}, ordered, hooks)
	if s != nil && keep && !t.Keep && t.Asks != nil && t.sent() == sent {
		err = joinErrors(err, e.forget(ctx, store, p, r))
		keep = false
	}
	if s != nil && s.Err != nil && s.Err.Code == CodeInterrupted {
		s.Err.Message, s.Err.Hint = "interrupted; nothing was kept", ""
		if keep {
			s.Err.Message, s.Err.Hint = "interrupted; what was done is kept as run "+r.ID, "emulator runs show "+r.ID+" shows it"
		}
	}
	return s, err
}

// sent counts the questions that were really sent so far.
func (t *Trial) sent() int64 {
	if t.Asks == nil {
		return 0
	}
	return t.Asks()
}

// forget removes a run that has ended, with the journal that it may have left.
func (e *Emulator) forget(ctx context.Context, store run.Store, p *prepared, r *run.Run) error {
	err := store.Delete(context.WithoutCancel(ctx), r.ID)
	if journal := p.journal(r.ID); err == nil && journal != "" {
		if err = os.Remove(journal); errors.Is(err, fs.ErrNotExist) {
			err = recording.Forget(journal)
		}
	}
	r.ID = ""
	return err
}

// newRun is the run that a prepared request makes.
func (e *Emulator) newRun(p *prepared) (*run.Run, error) {
	settings, err := p.settings()
	if err != nil {
		return nil, err
	}
	r := &run.Run{
		Workflow: run.Workflow{File: p.flow.File, ID: p.flow.ID, Name: p.flow.Name}, Status: run.RunRunning, Created: time.Now().UTC(),
		Now: p.now, Answers: p.answers, Era: p.era, Seed: p.req.Seed, Settings: settings, Flow: p.flow.JSON(), Inputs: p.inputs,
	}
	if r.Workflow.Name == "" {
		r.Workflow.Name = p.flow.FileName
	}
	return r, nil
}

// trialGroup is how many stored rows are looked at at once.
const trialGroup = 256

// inGroups gives the final rows of a stored run: enrollments that wait in a delay, or were cut short, came to nothing yet.
func inGroups(ctx context.Context, stored run.Reader, id string, fn func(context.Context, []run.Row) error) error {
	for after := int64(-1); ; {
		var group []run.Row
		rows := 0
		err := stored.Rows(ctx, id, run.Query{AfterSeq: after, Limit: trialGroup}, func(row *run.Row) error {
			rows, after = rows+1, row.Seq
			if row.State != run.Active && row.State != run.Interrupted {
				group = append(group, *row)
			}
			return nil
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || rows == 0 {
			return err
		}
		if err := fn(ctx, group); err != nil {
			return err
		}
	}
}

// StoredRows gives the final rows of a stored run in groups, in input order.
func (e *Emulator) StoredRows(ctx context.Context, id string, fn func(context.Context, []run.Row) error) error {
	reader, err := e.Reader(ctx)
	if err != nil {
		return err
	}
	return joinErrors(inGroups(ctx, reader, id, fn), reader.Close())
}

// rowKeeper keeps rows that come in any order, the last one of each place.
type rowKeeper struct {
	mu   sync.Mutex
	rows map[int64]run.Row
	most int64
}

func (k *rowKeeper) keep(rows []run.Row, _ bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rows == nil {
		k.rows = map[int64]run.Row{}
	}
	for _, row := range rows {
		k.rows[row.Seq] = row
		k.most = max(k.most, row.Seq)
	}
	return nil
}

func (k *rowKeeper) give(ctx context.Context, fn func(context.Context, []run.Row) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var group []run.Row
	for seq := int64(0); seq <= k.most; seq++ {
		row, there := k.rows[seq]
		if !there {
			continue
		}
		if group = append(group, row); len(group) == trialGroup {
			if err := fn(ctx, group); err != nil {
				return err
			}
			group = group[:0]
		}
	}
	if len(group) == 0 {
		return nil
	}
	return fn(ctx, group)
}

// nowhere is a store that keeps nothing.
type nowhere struct{ run.Reader }

func (nowhere) Begin(context.Context, *run.Run) error                        { return nil }
func (nowhere) Reopen(context.Context, string) (*run.Run, error)             { return nil, run.ErrNotFound }
func (nowhere) Commit(context.Context, string, []run.Row, *run.Totals) error { return nil }
func (nowhere) Finish(context.Context, *run.Run) error                       { return nil }

// Ask puts a question of its own with the trial's client: same transport, retries, budget and recordings. name is an assistant's
// id or name; step is what the question is called where it is scripted or recorded.
func (s *Stage) Ask(ctx context.Context, rec run.RecordRef, name, step, prompt string) (*assistant.Answer, error) {
	a, err := s.e.Portal.Assistant(name)
	if err != nil {
		return nil, err
	}
	o := s.e.Portal.Settings.OpenAI
	q, refused := assistant.Resolve(a, o.Protocol, o.MaxOutputTokens, s.e.Models.At(s.p.now), o.AllowedModels, assistant.FromAssistant(a), assistant.Settings{Model: o.DefaultModel})
	if refused != nil {
		return nil, refused
	}
	q.Prompt = prompt
	mode := s.p.mode
	if s.p.asksLive() && mode == clock.Skip {
		mode = clock.Real // answers are waited for
	}
	ctx = clock.With(ctx, clock.NewTimeline(s.p.now, mode))
	ctx = assistant.WithCaller(ctx, assistant.Caller{RecordType: rec.ObjectType, RecordID: rec.ID, Assistant: a.ID, AssistantName: a.Name, Step: step, StepName: step, Visit: 1, Repeat: s.p.req.Repeat, FirstAttempt: 1})
	return s.p.asker.Ask(ctx, q)
}

// Records opens the records that the trial considers, from the start; places count from 0, as those of rows do.
func (s *Stage) Records() *Fixtures { return fixturesOf(s.p) }

func fixturesOf(p *prepared) *Fixtures {
	return &Fixtures{src: records.Open(p.objectType().Name, p.files, p.options), seq: -1}
}

// Fixtures are the records of an input, read along with the rows that came of them.
type Fixtures struct {
	src interface {
		Next() (*hubspot.Record, error)
		Close() error
	}
	seq int64
	rec *hubspot.Record
}

// At is the record at a place, which must not be before the one asked for last; nil when the input has none there. It is
// good until the next call.
func (f *Fixtures) At(seq int64) (*hubspot.Record, error) {
	for f.seq < seq {
		rec, err := f.src.Next()
		if errors.Is(err, io.EOF) {
			f.rec = nil
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		f.seq, f.rec = f.seq+1, rec
	}
	if f.seq != seq {
		return nil, nil
	}
	return f.rec, nil
}

// Close lets the files go.
func (f *Fixtures) Close() error { return f.src.Close() }
