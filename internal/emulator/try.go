package emulator

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/portal"
	"askflow/internal/recording"
	"askflow/internal/run"
)

// TryRequest is one prompt over one record, outside of a run. "" and nil leave a choice to the step, the assistant and the
// portal, in this order.
type TryRequest struct {
	// ObjectType is the record's, by id or name; "" for the workflow's, or contact without one.
	ObjectType string
	// RecordID is "" for no record: tokens that read it then have no value.
	RecordID string
	// Prompt is the text with its data tokens; "" for the prompt of Step.
	Prompt string
	// Workflow is the one whose data sources and steps the tokens name, found as the command line finds it; "" for none. Step is
	// the name or id of an action of it: where it asks, its own settings count beneath those given here.
	Workflow, Step string
	// Outputs are what earlier actions gave, by action id or step name, then by output.
	Outputs         map[string]map[string]string
	Assistant       string
	Model           string
	Temperature     *float64
	ReasoningEffort string
	// Answers is scripted, replay, record or live; Era, Clock and Now are those of a run.
	Answers, Era, Clock, Now string
	// MaxCost is the most that the question may cost, in US dollars; "" for the portal's own limit.
	MaxCost string
	// Seed of the jitter between attempts and of faults; 1 when 0.
	Seed int64
}

// Tried is a question that was asked, or why it was not.
type Tried struct {
	// Step is what a run would have stored of it: ask, attempts, error.
	Step     run.Step
	Rendered Rendered
	// Missing are the tokens without a value, each once.
	Missing []string
	// Question is what was sent beside the prompt; its Refused says why nothing was.
	Question Resolution
	// Took is wall time.
	Took time.Duration
	// Recorded is what a recording did to the recordings, nil for other answers.
	Recorded *recording.Changes
}

// Try renders a prompt over a record and asks it, as a run would: the same action, client, retries, faults, prices and
// budget. No run is made and nothing is stored; only answers that are recorded go into the recordings, as those of a run do.
// What goes wrong with the ask is in Tried.Step; the error is for what keeps it from being put, and for a recording that could
// not be written, which comes beside a Tried.
func (e *Emulator) Try(ctx context.Context, req TryRequest) (*Tried, error) {
	s, err := e.scratch(req)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(s.prompt.Text()) == "" && s.written {
		return nil, usage("missing_prompt", "write what is to be asked, with tokens such as {{ enrolled_object.message }}", "there is no prompt, so there is nothing to ask")
	}
	if broken := s.problems.Errors(); len(broken) > 0 {
		return nil, &Error{Code: broken[0].Code, Message: "this cannot be asked: " + broken[0].Message, Hint: broken[0].Hint, Exit: ExitUsage}
	}
	if broken := e.otherFiles(s.settled, false); broken.HasErrors() {
		return nil, invalid("the portal", broken)
	}
	if err := e.open(ctx, s, req); err != nil {
		return nil, err
	}
	tried := &Tried{Rendered: s.render(), Question: e.resolution(s)}
	tried.Missing = tried.Rendered.Missing()
	if tried.Question.Refused == nil {
		if err := e.connect(ctx, s); err != nil {
			return nil, err
		}
	}
	defer func() { _ = s.close() }() // it was only read, or written through other handles
	started := time.Now()
	out := s.runner.Run(clock.With(ctx, s.scope.Timeline), s.scope)
	tried.Took = time.Since(started)
	tried.Step = s.stepOf(e, &out)
	tried.Recorded, err = s.keep()
	if ctx.Err() != nil {
		return nil, joinErrors(s.interrupted(ctx), err)
	}
	return tried, err
}

// connect opens where the answer comes from. Nobody is connected to for a question that is refused.
func (e *Emulator) connect(ctx context.Context, s *scratch) error {
	if s.answers == portal.AnswersRecord {
		if err := e.nobodyRecords(ctx); err != nil {
			return err
		}
	}
	asker, err := e.client(ctx, s.prepared)
	var known *Error
	if errors.As(err, &known) && known.Code == assistant.CodeNoRecording {
		known.Hint = "ask it with answers record, or with answers scripted"
	}
	if err != nil {
		return err
	}
	if s.maxCost != nil && s.answering.budget == nil { // a run without real costs keeps its budget in the engine
		s.answering.budget = assistant.NewBudget(*s.maxCost)
		asker = e.clientOver(s.prepared, s.answering)
	}
	s.asker.Asker = asker
	if s.answering.recorder == nil {
		return nil
	}
	if err := e.beginScratch(s); err != nil {
		return joinErrors(err, s.close())
	}
	return nil
}

// nobodyRecords refuses to record beside a run that records: both would write the same files.
func (e *Emulator) nobodyRecords(ctx context.Context) error {
	reader, err := e.Reader(ctx)
	if err != nil {
		return err
	}
	runs, err := reader.Runs(ctx)
	if err = joinErrors(err, reader.Close()); err != nil {
		return err
	}
	for _, r := range runs {
		if r.Status == run.RunRunning && r.Answers == portal.AnswersRecord {
			return usage("busy", "wait for it to end, or ask with answers live", "run %s is recording answers, so nothing else can be recorded", r.ID)
		}
	}
	return nil
}

// abandoned is how old a journal of a single question is when nobody writes to it any more.
const abandoned = time.Hour

// beginScratch opens the journal of a single question. It lies apart from those of runs, which begin with bringing theirs
// home.
func (e *Emulator) beginScratch(s *scratch) error {
	if err := e.Portal.EnsureState(); err != nil {
		return err
	}
	dir := e.journalDir("scratchpad")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return usage("cannot_write", "make the folder writable", "the folder %s cannot be made: %v", dir, err)
	}
	if err := e.settleScratch(dir); err != nil {
		return usage("not_recorded", "repair what it names, then ask again", "%v", err)
	}
	name := strings.ReplaceAll(filepath.Base(s.flow.FileName), "*", "_") // a star is where CreateTemp puts its digits
	f, err := os.CreateTemp(dir, s.answers+nameMark+"*"+nameMark+name+recording.Ext)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return usage("cannot_write", "make the folder writable", "no file can be made in %s: %v", dir, err)
	}
	return s.answering.recorder.Begin(f.Name())
}

// settleScratch brings home the answers of single questions whose program was killed before it could.
func (e *Emulator) settleScratch(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || e.wallClock().Sub(info.ModTime()) < abandoned {
			continue // it is gone, or somebody may still write to it
		}
		journal := filepath.Join(dir, entry.Name())
		answers, rest, _ := strings.Cut(entry.Name(), nameMark)
		_, target, _ := strings.Cut(rest, nameMark)
		target, ours := strings.CutSuffix(target, recording.Ext)
		if answers != portal.AnswersRecord || !ours {
			if err := os.Remove(journal); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			continue
		}
		if _, err := recording.Settle(e.recordingsDir(), target, journal); err != nil {
			return err
		}
		if err := recording.Forget(journal); err != nil {
			return err
		}
	}
	return nil
}

// keep puts the answer into the recordings, and the journal away.
func (s *scratch) keep() (*recording.Changes, error) {
	if s.answering == nil {
		return nil, nil
	}
	return s.end(true)
}

// interrupted is the error for a question that was given up before its answer came.
func (s *scratch) interrupted(ctx context.Context) error {
	err := &Error{Code: "interrupted", Message: "interrupted before an answer came", Exit: ExitInterrupted, Cause: ctx.Err()}
	if s.asksLive() {
		err.Hint = "OpenAI may charge for what was sent"
	}
	return err
}

// stepOf is the step that a run would have stored.
func (s *scratch) stepOf(e *Emulator, out *run.Outcome) run.Step {
	a := s.flow.Actions[0]
	step := run.Step{ActionID: a.ID, ActionTypeID: a.KindID(), Name: a.Name, Label: e.Kinds.Of(a).Label, State: out.State, Outputs: out.Outputs, Ask: out.Ask, Error: out.Error, Warnings: out.Warnings}
	if step.Error != nil && step.Error.Code == assistant.CodeNoRecording {
		known := *step.Error
		known.Hint = "ask it with answers record"
		step.Error = &known
	}
	return step
}
