package emulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tiktoken-go/tokenizer"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/portal"
	"askflow/internal/recording"
	"askflow/internal/run"
	"askflow/internal/secret"
)

// answering is where a run's answers come from: the transport under the client, and what must be opened before the run
// and closed after it.
type answering struct {
	transport http.RoundTripper
	access    Access
	// limits and budget hold for live answers only.
	limits   *assistant.Limiter
	budget   *assistant.Budget
	library  *recording.Library  // of replay and record
	recorder *recording.Recorder // of record and live
	// journal is the folder of the recorder's journals.
	journal string
}

// client is the OpenAI client over the transport that the run's answers come from.
func (e *Emulator) client(ctx context.Context, p *prepared) (assistant.Asker, error) {
	var err error
	switch p.answers {
	case portal.AnswersReplay:
		p.answering, err = e.replaying(ctx, p)
	case portal.AnswersRecord, portal.AnswersLive:
		p.answering, err = e.asking(ctx, p)
	default:
		p.answering, err = e.simulating(p)
	}
	if err != nil {
		return nil, err
	}
	client := e.clientOver(p, p.answering)
	if p.asksLive() {
		// Whatever would fail every ask shows before a record is touched, and before anything is charged.
		if err := client.Preflight(ctx, e.Portal.Settings.OpenAI.Protocol); err != nil {
			return nil, joinErrors(liveError(ctx, err), p.close())
		}
	}
	return client, nil
}

// liveError gives what OpenAI says to a run that has not begun its exit code.
func liveError(ctx context.Context, err error) error {
	var e *assistant.Error
	if ctx.Err() != nil || !errors.As(err, &e) {
		return err
	}
	return &Error{Code: e.Code, Message: e.Message, Hint: e.Hint, Exit: exitOf(e.Code), Cause: err}
}

func (e *Emulator) clientOver(p *prepared, from *answering) *assistant.Client {
	o := e.Portal.Settings.OpenAI
	config := assistant.Config{BaseURL: o.BaseURL, Transport: from.transport, MaxAttempts: o.MaxAttempts, Timeout: o.Timeout, Seed: p.req.Seed, Models: e.Models.At(p.now),
		Organization: from.access.Organization, Project: from.access.Project, Limits: from.limits, Budget: from.budget}
	if from.access.BaseURL != "" {
		config.BaseURL = from.access.BaseURL
	}
	if !from.access.Key.IsZero() {
		config.Key = from.access.Key.Reveal
	}
	if from.budget != nil {
		config.Tokens = exactTokens()
	}
	return assistant.NewClient(config)
}

// exactTokens counts as the models do, so that a budget reserves no more than it must. The tokenizer takes a moment to
// start, so it starts with the first question.
func exactTokens() func(string) int {
	codec := sync.OnceValues(func() (tokenizer.Codec, error) { return tokenizer.Get(tokenizer.O200kBase) })
	return func(text string) int {
		c, err := codec()
		if err != nil {
			return len(text) // no text has more tokens than bytes
		}
		n, err := c.Count(text)
		if err != nil {
			return len(text)
		}
		return n
	}
}

// simulating answers from the portal's scripts.
func (e *Emulator) simulating(p *prepared) (*answering, error) {
	faults, err := e.faults(p)
	if err != nil {
		return nil, err
	}
	sim := openaisim.New(openaisim.Options{Rules: e.Portal.Rules, Faults: faults, Era: openaisim.Era(p.era), Seed: p.req.Seed, Models: e.Models.At(p.now), Assistants: e.Portal.Assistants, Answered: p.answered})
	return &answering{transport: sim}, nil
}

// replaying answers from the portal's recordings, which become inputs of the run.
func (e *Emulator) replaying(ctx context.Context, p *prepared) (*answering, error) {
	if err := e.recordable(p.answers); err != nil {
		return nil, err
	}
	if err := e.settleJournals(ctx); err != nil {
		return nil, err
	}
	lib, err := e.library(p)
	if err != nil {
		return nil, err
	}
	record := p.record
	if record == "" {
		record = fmt.Sprintf("emulator run %s --answers record", p.flow.FileName)
	}
	if lib.Len() == 0 && e.asks(p.flow) {
		return nil, joinErrors(usage("no_recording", "record some with "+record+", or run with --answers scripted",
			"the portal has no recordings to replay"), lib.Close())
	}
	for _, f := range lib.Files() {
		p.inputs[f.Path] = f.SHA256
	}
	hint := "record it: " + record
	return &answering{transport: recording.Replay(lib, recording.ReplayOptions{Hint: hint, Asked: p.asked, NoNearest: p.asked != nil}), library: lib}, nil
}

// asking answers from OpenAI, or what openai.base_url names instead, and keeps every answer before it is used.
func (e *Emulator) asking(ctx context.Context, p *prepared) (*answering, error) {
	if p.req.Faults != "" {
		return nil, noFaults(p.answers)
	}
	access, err := e.credentials(p.answers)
	if err != nil {
		return nil, err
	}
	limits := e.Portal.Settings.OpenAI.Limits
	a := &answering{access: access, journal: e.journalDir(p.answers), limits: assistant.NewLimiter(assistant.Limits{RequestsPerMinute: limits.RequestsPerMinute, TokensPerMinute: limits.TokensPerMinute})}
	if p.maxCost != nil {
		a.budget = assistant.NewBudget(*p.maxCost)
	}
	opt := recording.RecordOptions{Name: p.flow.FileName, Date: e.today(), Secrets: []string{access.Key.Reveal(), access.Organization, access.Project}, Hide: access.Key.Hider(),
		EachCaller: p.answers == portal.AnswersLive}
	if p.answers == portal.AnswersRecord {
		if err := e.recordable(p.answers); err != nil {
			return nil, err
		}
		if err := e.settleJournals(ctx); err != nil {
			return nil, err
		}
		// What keeps answers from being recorded shows now, not when they are paid for.
		if err := recording.Writable(e.recordingsDir()); err != nil {
			return nil, usage("cannot_write", "make the folder writable, or run with --answers live", "%v", err)
		}
		if a.library, err = e.library(p); err != nil {
			return nil, err
		}
	}
	next := e.transport
	if next == nil {
		next = LiveTransport()
	}
	a.recorder = recording.Record(a.library, next, opt)
	a.transport = a.recorder
	return a, nil
}

// LiveTransport is net/http's own, with connections enough for many questions at once.
func LiveTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}

// recordable refuses the protocol of which no single answer can be kept.
func (e *Emulator) recordable(answers string) error {
	if e.Portal.Settings.OpenAI.Protocol != assistant.Assistants {
		return nil
	}
	return usage("not_recordable", "set openai.protocol to responses in portal.yaml; the assistant itself needs no change",
		"answers: %s does not go with the assistants protocol: an answer there is a conversation of many requests, under ids that are new every time", answers)
}

// Access is what live answers are asked with.
type Access struct {
	Key          secret.Secret // zero for a server that needs none
	Organization string
	Project      string
	BaseURL      string // "" for what portal.yaml says
}

// credentials are what the account gives. A server that is not OpenAI's may do without.
func (e *Emulator) credentials(answers string) (Access, error) {
	if e.account == nil {
		if e.ownServer() {
			return Access{}, nil
		}
		return Access{}, &Error{Code: "no_account", Exit: ExitAccount, Message: fmt.Sprintf("answers: %s needs an OpenAI account, and none is connected", answers),
			Hint: "connect one with emulator account connect, or run with --answers scripted"}
	}
	access, err := e.account()
	var known *Error
	if err != nil && !errors.As(err, &known) {
		err = &Error{Code: "no_account", Exit: ExitAccount, Message: assistant.Scrub(err.Error()), Hint: "emulator account shows what is connected; emulator account connect connects one", Cause: err}
	}
	return access, err
}

// ownServer tells whether openai.base_url leads to another server than OpenAI's.
func (e *Emulator) ownServer() bool {
	u, err := url.Parse(e.Portal.Settings.OpenAI.BaseURL)
	return err == nil && u.Host != "" && u.Hostname() != "openai.com" && !strings.HasSuffix(u.Hostname(), ".openai.com")
}

func (e *Emulator) today() string {
	return e.wallClock().In(e.Portal.Settings.StartOfClock().Location()).Format(time.DateOnly)
}

// library loads the recordings; their warnings join those of the run.
func (e *Emulator) library(p *prepared) (*recording.Library, error) {
	lib, problems := recording.Load(e.recordingsDir())
	if problems.HasErrors() {
		return nil, joinErrors(invalid("the recordings", problems), lib.Close())
	}
	p.warnings = append(p.warnings, problems...)
	return lib, nil
}

func (e *Emulator) recordingsDir() string { return filepath.Join(e.Portal.Dir, recording.DirName) }

// journalDir is where journals lie while runs go on; those of live runs are nobody's recordings.
func (e *Emulator) journalDir(answers string) string {
	return filepath.Join(e.Portal.StateDir, "journals", answers)
}

// nameMark stands in a journal's name between the run's id and the file that its answers go to.
const nameMark = "--"

// begin opens what the run with this id needs.
func (p *prepared) begin(runID string) error {
	a := p.answering
	if a == nil || a.recorder == nil {
		return nil
	}
	return a.recorder.Begin(p.journal(runID))
}

// journal is where the answers of a run lie until it is completed; "" for a run that asks nobody.
func (p *prepared) journal(runID string) string {
	if p.answering == nil || p.answering.recorder == nil {
		return ""
	}
	return filepath.Join(p.answering.journal, runID+nameMark+filepath.Base(p.flow.FileName)+recording.Ext)
}

// end puts away what the run used. A run that is not completed may go on, and keeps its journal.
func (p *prepared) end(completed bool) (*recording.Changes, error) {
	a := p.answering
	if a == nil || a.recorder == nil {
		return nil, nil
	}
	end := a.recorder.Pause
	if completed {
		end = a.recorder.Finish
	}
	changes, err := end()
	if err != nil {
		err = &Error{Code: "not_recorded", Exit: ExitUsage, Message: err.Error(), Hint: "the next run with --answers record or replay tries again", Cause: err}
	}
	if p.answers != portal.AnswersRecord {
		changes = nil
	}
	return changes, err
}

// close lets files go. It may be called twice.
func (p *prepared) close() error {
	a := p.answering
	if a == nil || a.library == nil {
		return nil
	}
	lib := a.library
	a.library = nil
	return lib.Close()
}

// abandon settles a run that could not even start.
func (e *Emulator) abandon(ctx context.Context, store run.Store, r *run.Run, cause error) error {
	out := AsError(cause)
	r.Status, r.Ended, r.Error = run.RunStopped, time.Now().UTC(), &run.Error{Code: out.Code, Message: out.Message, Hint: out.Hint}
	return store.Finish(context.WithoutCancel(ctx), r)
}
