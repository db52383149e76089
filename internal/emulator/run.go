package emulator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/check"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/recording"
	"askflow/internal/records"
	"askflow/internal/run"
	"askflow/internal/source"
)

// prepared is a run that is ready to start.
type prepared struct {
	*settled
	program *engine.Program
	schema  hubspot.Schema // with the properties that the records bring
	files   []records.File
	options records.Options
	total   int64
	inputs  map[string]string
	world   *world
	// endsAs is the run's status when nothing goes wrong.
	endsAs run.Status
	// answering is where the answers come from; nil for plans. asker puts the questions.
	answering *answering
	asker     assistant.Asker
	// answered is told of every scripted rule that answers; nil for nobody.
	answered func(*openaisim.Rule)
	// asked is told of every question that is replayed; nil for nobody.
	asked func(key string, recorded bool)
	// record is the command that records what a replay misses; "" for the one that runs the workflow.
	record string
	// estimate is the plan of a run that asks live, to be held against what it really took.
	estimate *Plan
	// warnings are findings that keep nothing from running.
	warnings source.Problems
}

// prepare reads everything a run needs and checks it. asker replaces the client, for plans; nil means the real one.
func (e *Emulator) prepare(ctx context.Context, req Request, asker assistant.Asker) (*prepared, error) {
	return e.prepareTo(ctx, req, asker, &prepared{})
}

// prepareTo is prepare for a run of which something is known before.
func (e *Emulator) prepareTo(ctx context.Context, req Request, asker assistant.Asker, p *prepared) (*prepared, error) {
	s, err := e.settle(req)
	if err != nil {
		return nil, err
	}
	p.settled, p.inputs, p.endsAs = s, map[string]string{}, run.RunCompleted
	for path, sum := range e.Portal.Inputs {
		p.inputs[path] = sum
	}
	p.inputs[s.flow.File] = sha(e.Portal.Source(s.flow.File))
	if err := e.readable(s); err != nil {
		return nil, err
	}
	schema := cloneSchema(e.Portal.Schema)
	if err := e.scanRecords(ctx, p, schema); err != nil {
		return nil, err
	}
	if err := p.named(ctx); err != nil {
		return nil, err
	}
	p.schema = schema
	planning := asker != nil
	problems := append(e.otherFiles(s, planning), check.Flow(e.Portal, s.flow, check.Options{Schema: schema, Models: e.Models, Now: s.now})...)
	if problems.HasErrors() {
		return nil, invalid("the workflow "+s.flow.FileName, problems)
	}
	p.warnings = e.worthSaying(s, problems)
	if planning {
		p.mode = clock.Skip // nobody waits for a plan
	} else {
		if err := e.unlocked(p); err != nil {
			return nil, err
		}
		if asker, err = e.client(ctx, p); err != nil {
			return nil, err
		}
	}
	p.asker = asker
	program, found := engine.Compile(e.config(p, schema, asker))
	if program == nil {
		return nil, joinErrors(invalid("the workflow "+s.flow.FileName, found), p.close())
	}
	p.program = program
	if !planning { // a plan tells of each ask that would be refused
		if err := p.possible(e.Kinds); err != nil {
			return nil, joinErrors(err, p.close())
		}
	}
	if err := p.affordable(e.Models); err != nil {
		return nil, joinErrors(err, p.close())
	}
	return p, nil
}

// worthSaying are the warnings that a run begins with: about its workflow, and about what its flags name.
func (e *Emulator) worthSaying(s *settled, problems source.Problems) source.Problems {
	var out source.Problems
	for _, f := range problems {
		if f.File == s.flow.File && f.Severity == source.SeverityWarning {
			out = append(out, f)
		}
	}
	if s.req.Model != "" {
		out = append(out, check.Model(e.Portal, "--model", s.req.Model, check.Options{Models: e.Models, Now: s.now, Today: e.wallClock()})...)
	}
	return out
}

// faults reads the file that --faults names.
func (e *Emulator) faults(p *prepared) ([]*openaisim.Rule, error) {
	if p.req.Faults == "" {
		return nil, nil
	}
	data, err := os.ReadFile(p.req.path(p.req.Faults))
	if err != nil {
		return nil, p.req.unreadable("--faults", p.req.Faults, err)
	}
	n, problems := source.ParseYAML(p.req.Faults, data)
	if problems.HasErrors() {
		return nil, invalidFile("the faults file", problems)
	}
	rules, problems := openaisim.ReadRules(p.req.Faults, n)
	if problems.HasErrors() {
		return nil, invalidFile("the faults file", problems)
	}
	p.inputs[filepath.ToSlash(p.req.Faults)] = sha(data)
	return rules, nil
}

func (e *Emulator) config(p *prepared, schema hubspot.Schema, asker assistant.Asker) engine.Config {
	settings := e.Portal.Settings
	env := &action.Env{
		Flow: p.flow, Kinds: e.Kinds, Schema: schema, Users: e.Portal.Users, Location: settings.Zone,
		MissingIsError: settings.MissingToken == "error", Seed: p.req.Seed,
		Ask: action.AskEnv{
			Asker: asker, Models: e.Models.At(p.now), Assistant: e.Assistant, Protocol: settings.OpenAI.Protocol,
			MaxOutput: settings.OpenAI.MaxOutputTokens, Allowed: settings.OpenAI.AllowedModels, Flags: p.flags(),
			FlagAsst: p.req.Assistant, Portal: assistant.Settings{Model: settings.OpenAI.DefaultModel}, Repeat: p.req.Repeat,
		},
	}
	if !settings.Unlocked() {
		env.Ask.Locked = &run.Error{Code: CodeLocked, Message: "none of the portal's subscriptions unlocks Ask OpenAI Assistant",
			Hint: "it comes with " + strings.Join(hubspot.EnterpriseSubscriptions, ", ")}
	}
	config := engine.Config{Env: env, World: p.world, Enroll: p.enroll, Now: p.now, Clock: p.mode, Pins: p.pins, Outputs: p.given, Stubs: p.stubs, ListNames: p.world.listNames(), Timings: p.req.Timings, Durable: p.asksLive() && p.answering != nil}
	if p.maxCost != nil && !config.Durable { // live, the client itself reserves before it sends
		config.Budget = &engine.Budget{Max: *p.maxCost, Models: e.Models, MaxOutput: settings.OpenAI.MaxOutputTokens}
	}
	return config
}

// unlocked refuses a run whose asks would all fail because no subscription unlocks the action.
func (e *Emulator) unlocked(p *prepared) error {
	if e.Portal.Settings.Unlocked() {
		return nil
	}
	for _, a := range p.flow.Actions {
		if _, pinned := p.pins[a.ID]; e.Kinds.IsOpenAI(a) && !pinned && !p.stubs[a.ID] {
			return &Error{Code: CodeLocked, Exit: ExitAccount, Message: "Ask OpenAI Assistant is locked: none of the portal's subscriptions unlocks it",
				Hint: "add one of " + strings.Join(hubspot.EnterpriseSubscriptions, ", ") + " to subscriptions in portal.yaml"}
		}
	}
	return nil
}

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Hooks let a command or a screen follow a run.
type Hooks struct {
	// Started is called once with the stored run, the number of records to consider, and warnings about the workflow.
	Started func(r *run.Run, total int64, warnings source.Problems)
	// Rows is called with each committed group. Ordered tells that groups come in input order and that no earlier run
	// left rows before them; otherwise read the rows from the store afterwards.
	Rows func(rows []run.Row, ordered bool) error
	// only limits the records that are considered. walked is called when no more of them are, also where the account or the budget
	// stopped the run, before the answers are put away.
	only   func(*hubspot.Record) bool
	walked func(ctx context.Context, rows run.Reader, runID string) error
}

// Summary is how a run ended.
type Summary struct {
	Run *run.Run
	// Err is why it stopped early, nil otherwise.
	Err *Error
	// Ordered tells that Hooks.Rows saw everything in input order.
	Ordered bool
	// Recorded is what a record run did to the recordings, nil for others.
	Recorded *recording.Changes
	// Estimate is what the run was expected to ask and cost; nil unless it asked live.
	Estimate *Plan
	// Limits are what the account said of its limits.
	Limits []assistant.LimitsSeen
	// Drafted is the file that DraftMissing wrote, "" when there was nothing to write.
	Drafted string
	// Draft is what PrepareDraft asked for, nil when there is nothing to write.
	Draft *Draft
}

// Run executes a request. A *Summary comes back as soon as the run has an id, also beside an interruption. A panic on the way is an
// error with an *engine.PanicError behind it; a run that has an id by then is INTERRUPTED and keeps what was done.
func (e *Emulator) Run(ctx context.Context, req Request, hooks Hooks) (out *Summary, err error) {
	defer engine.Recover(&err)
	if req.Resume != "" || req.RetryFailed != "" {
		return e.again(ctx, req, hooks)
	}
	p, err := e.prepare(ctx, req, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.close() }() // what matters was closed, and its errors told, when the run ended
	store, err := e.store(ctx, p.asksLive())
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	r, err := e.newRun(p)
	if err != nil {
		return nil, err
	}
	if p.asksLive() {
		if p.estimate, err = e.Plan(ctx, req); err != nil {
			return nil, err
		}
	}
	if err := store.Begin(ctx, r); err != nil {
		return nil, err
	}
	return e.execute(ctx, p, store, r, engine.Options{}, p.mode == clock.Skip && !p.asksLive(), hooks)
}

// execute runs a prepared run to its end and stores how it ended, also when that is a panic.
func (e *Emulator) execute(ctx context.Context, p *prepared, store run.Store, r *run.Run, opt engine.Options, ordered bool, hooks Hooks) (s *Summary, err error) {
	broken := func() (broken error) {
		defer engine.Recover(&broken)
		s, err = e.perform(ctx, p, store, r, opt, ordered, hooks)
		return nil
	}()
	if broken == nil {
		return s, err
	}
	r.Ended = time.Now().UTC()
	s = &Summary{Run: r, Ordered: ordered, Estimate: p.estimate, Err: e.ended(ctx, r, broken)}
	return s, store.Finish(context.WithoutCancel(ctx), r)
}

func (e *Emulator) perform(ctx context.Context, p *prepared, store run.Store, r *run.Run, opt engine.Options, ordered bool, hooks Hooks) (*Summary, error) {
	if hooks.Started != nil {
		hooks.Started(r, p.total, p.warnings)
	}
	if err := p.begin(r.ID); err != nil {
		return nil, joinErrors(err, e.abandon(ctx, store, r, err))
	}
	var missing []engine.MissingAnswer
	opt.Concurrency = p.req.Concurrency
	if opt.Concurrency < 1 {
		opt.Concurrency = DefaultConcurrency
	}
	if hooks.Rows != nil {
		opt.Rows = func(rows []run.Row) error { return hooks.Rows(rows, ordered) }
	}
	if p.req.DraftMissing || p.req.PrepareDraft {
		opt.Missing = func(m engine.MissingAnswer) { missing = append(missing, m) }
	}
	src := records.Open(p.objectType().Name, p.files, p.options)
	defer func() { _ = src.Close() }()
	opt.Only = hooks.only
	totals, err := p.program.Run(ctx, src, store, r.ID, opt)
	if hooks.walked != nil && ctx.Err() == nil && (err == nil || stops(err)) {
		err = joinErrors(err, hooks.walked(ctx, store, r.ID))
	}
	r.Totals = *totals
	r.Ended = time.Now().UTC()
	s := &Summary{Run: r, Ordered: ordered, Estimate: p.estimate}
	if p.answering != nil && p.answering.limits != nil {
		s.Limits = p.answering.limits.Seen()
	}
	r.Status = p.endsAs
	if err != nil {
		s.Err = e.ended(ctx, r, err)
	}
	finishErr := store.Finish(context.WithoutCancel(ctx), r)
	s.Recorded, err = p.end(r.Status == run.RunCompleted && finishErr == nil)
	if err != nil && s.Err != nil { // why the run ended comes first, but no answer is lost in silence
		s.Err.Message += "; moreover, " + err.Error()
	}
	if finishErr = joinErrors(finishErr, err); s.Err == nil && finishErr != nil {
		return s, finishErr
	}
	if len(missing) == 0 {
		return s, nil
	}
	if s.Draft, err = e.draft(r.ID, missing); err == nil && p.req.DraftMissing {
		s.Drafted, err = e.writeDraft(r.ID, s.Draft)
	}
	return s, err
}

// CodeInterrupted is the error for a run that somebody ended.
const CodeInterrupted = "interrupted"

// ended gives the run the status that fits the error.
func (e *Emulator) ended(ctx context.Context, r *run.Run, err error) *Error {
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		r.Status = run.RunInterrupted
		return &Error{Code: CodeInterrupted, Message: "interrupted; what was done is kept", Hint: "emulator run " + r.Workflow.Name + " --resume " + r.ID, Exit: ExitInterrupted}
	case stops(err): // not what the store says of itself, such as a full disk
		r.Status = run.RunStopped
		_ = errors.As(err, &r.Error) // it is one
		return AsError(err)
	}
	r.Status = run.RunInterrupted
	out := AsError(err)
	r.Error = &run.Error{Code: out.Code, Message: out.Message, Hint: out.Hint}
	return out
}

// stops tells of an error with which every further ask would fail, such as a budget that is used up.
func stops(err error) bool {
	var stop *run.Error
	return errors.As(err, &stop) && stop.Stops
}

// sortedKeys of a map, for messages that name the first difference.
func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
