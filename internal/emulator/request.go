package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/portal"
	"askflow/internal/records"
	"askflow/internal/source"
)

// Request is a run as it was asked for: the command line's flags, or a screen's choices. It is stored with the run, so
// that a resumed run is the same run.
type Request struct {
	Workflow        string            `json:"workflow"`
	Records         []string          `json:"records,omitempty"` // files that replace the portal's
	Enroll          string            `json:"enroll,omitempty"`  // matching, all, or ids separated by commas
	Answers         string            `json:"answers,omitempty"`
	Assistant       string            `json:"assistant,omitempty"`
	Model           string            `json:"model,omitempty"`
	Temperature     *float64          `json:"temperature,omitempty"`
	ReasoningEffort string            `json:"reasoningEffort,omitempty"`
	Concurrency     int               `json:"-"`
	Seed            int64             `json:"seed"`
	Now             string            `json:"now,omitempty"`
	Clock           string            `json:"clock,omitempty"`
	Era             string            `json:"era,omitempty"`
	Pins            map[string]string `json:"pins,omitempty"` // by step name or id, or by STEP.OUTPUT
	Stubs           []string          `json:"stubs,omitempty"`
	Faults          string            `json:"faults,omitempty"`
	MaxCost         string            `json:"maxCost,omitempty"`
	Timings         bool              `json:"timings,omitempty"`
	// Prompts replace the prompts of asking steps, by step name or id; "" is the only step that asks.
	Prompts map[string]string `json:"prompts,omitempty"`
	// Repeat numbers the repetitions of the same questions, from 0: each is asked, recorded and replayed apart.
	Repeat int `json:"repeat,omitempty"`
	// Dir is the folder that Records and Faults are in where their names are relative: the current one when empty.
	Dir string `json:"dir,omitempty"`
	// Resume and RetryFailed name the run that goes on.
	Resume      string `json:"-"`
	RetryFailed string `json:"-"`
	// DraftMissing writes a responses file with every question that nobody scripted.
	DraftMissing bool `json:"-"`
	// PrepareDraft works out what DraftMissing would write, and writes nothing: Summary.Draft.
	PrepareDraft bool `json:"-"`
}

// DefaultConcurrency is how many enrollments are walked at once where nothing else is said.
const DefaultConcurrency = 16

// settled is a Request with everything looked up.
type settled struct {
	req     Request
	flow    *flow.Flow
	answers string
	era     string
	mode    clock.Mode
	now     time.Time
	enroll  engine.EnrollMode
	pins    map[string]string
	given   map[string]map[string]string // outputs of steps that are not executed, by action id
	stubs   map[string]bool
	maxCost *assistant.Money
}

// settle checks a request against the portal.
func (e *Emulator) settle(req Request) (*settled, error) {
	f, err := e.Portal.Workflow(req.Workflow)
	if err != nil {
		return nil, err
	}
	if f, err = e.WithPrompts(f, req.Prompts); err != nil {
		return nil, err
	}
	return e.settleOn(f, req)
}

// settleOn settles a request for a workflow, which need not be one of the portal's.
func (e *Emulator) settleOn(f *flow.Flow, req Request) (*settled, error) {
	s := &settled{req: req, flow: f, answers: req.Answers, era: req.Era}
	var err error
	if s.answers == "" {
		s.answers = e.Portal.Settings.Answers
	}
	if err := checkAnswers(s.answers); err != nil {
		return nil, err
	}
	if s.era == "" {
		s.era = e.Portal.Settings.OpenAI.Era
	}
	if !slices.Contains([]string{"responses", "assistants", "sunset"}, s.era) {
		return nil, usage("usage", "use responses, assistants or sunset", "%q is no era", s.era)
	}
	if s.mode, err = s.modeOf(req.Clock); err != nil {
		return nil, err
	}
	s.req.Clock = s.mode.String() // stored with the run, whatever the default will be by then
	if s.now, err = e.startOf(req.Now, s.asksLive()); err != nil {
		return nil, err
	}
	if s.enroll, err = parseEnroll(req.Enroll); err != nil {
		return nil, err
	}
	if err := s.usable(); err != nil {
		return nil, err
	}
	if req.Assistant != "" {
		if _, err := e.Portal.Assistant(req.Assistant); err != nil {
			return nil, err
		}
	}
	if s.maxCost, err = e.budget(req.MaxCost); err != nil {
		return nil, err
	}
	return s, s.steps(e.Kinds)
}

// usable refuses settings that no model takes, and finds the folder of the files that the request names.
func (s *settled) usable() error {
	if t := s.req.Temperature; t != nil && !(*t >= 0 && *t <= 2) { // so that NaN is refused too
		return usage("usage", "", "--temperature: %v is outside of 0 to 2", *t)
	}
	if effort := s.req.ReasoningEffort; effort != "" && !slices.Contains(assistant.Efforts(), effort) {
		hint := "the efforts are " + strings.Join(assistant.Efforts(), ", ") + "; each model takes some of them"
		if near := source.Nearest(effort, assistant.Efforts()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return usage("usage", hint, "--reasoning-effort: %q is no reasoning effort", effort)
	}
	relative := func(name string) bool { return name != "" && !filepath.IsAbs(name) }
	if s.req.Dir != "" || !relative(s.req.Faults) && !slices.ContainsFunc(s.req.Records, relative) {
		return nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return usage("usage", "name them by their whole paths", "the current folder, in which --records and --faults look for files, is not known: %v", err)
	}
	s.req.Dir = dir
	return nil
}

// path is where a file is that the request names.
func (r *Request) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.Dir, name)
}

// unreadable says why a file that a flag names cannot be read. Validate knows nothing of such a file.
func (r *Request) unreadable(flag, name string, err error) *Error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	hint := ""
	if !filepath.IsAbs(name) {
		hint = "it is looked for in " + r.Dir
	}
	return usage("cannot_read", hint, "%s: %s cannot be read: %v", flag, name, err)
}

func checkAnswers(answers string) error {
	switch answers {
	case portal.AnswersScripted, portal.AnswersReplay, portal.AnswersLive, portal.AnswersRecord:
		return nil
	}
	return usage("usage", "use scripted, replay, record or live", "%q is no source of answers", answers)
}

// asksLive tells whether answers cost time and money: the wall clock counts, and what came is kept at once.
func (s *settled) asksLive() bool {
	return s.answers == portal.AnswersLive || s.answers == portal.AnswersRecord
}

// modeOf reads --clock. Without one, time really passes where OpenAI is really asked; even with skip, which then passes
// over delays only, answers and the waits between attempts take the time they take.
func (s *settled) modeOf(text string) (clock.Mode, error) {
	if text == "" && s.asksLive() {
		return clock.Real, nil
	}
	mode, err := clock.ParseMode(text)
	if err != nil {
		return 0, usage("usage", "", "--clock: %v", err)
	}
	return mode, nil
}

// startOf is the run's now: what was asked for, else the wall clock of live runs and the portal's of all others.
func (e *Emulator) startOf(now string, live bool) (time.Time, error) {
	switch {
	case now == "" && live:
		return e.wallClock().In(e.Portal.Settings.StartOfClock().Location()).Truncate(time.Second), nil
	case now == "":
		return e.Portal.Settings.StartOfClock(), nil
	}
	t, err := portal.ParseNow(now, e.Portal.Settings.Zone)
	if err != nil {
		return t, usage("usage", "", "--now: %v", err)
	}
	return t, nil
}

func parseEnroll(s string) (engine.EnrollMode, error) {
	switch s {
	case "", "matching":
		return engine.EnrollMode{}, nil
	case "all":
		return engine.EnrollMode{All: true}, nil
	}
	ids := map[string]bool{}
	for _, id := range strings.Split(s, ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids[id] = true
		}
	}
	if len(ids) == 0 {
		return engine.EnrollMode{}, usage("usage", "use matching, all, or record ids separated by commas", "--enroll names no record")
	}
	return engine.EnrollMode{IDs: ids}, nil
}

// named refuses a run whose --enroll names a record that is not there: it would quietly enroll fewer than were asked for.
func (p *prepared) named(ctx context.Context) error {
	if len(p.enroll.IDs) == 0 {
		return nil
	}
	left := map[string]string{}
	for id := range p.enroll.IDs {
		left[id] = id
	}
	src := records.Open(p.objectType().Name, p.files, p.options)
	defer func() { _ = src.Close() }()
	for len(left) > 0 {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		delete(left, rec.ID)
	}
	if missing := sortedKeys(left); len(missing) > 0 {
		return usage("unknown_record", "emulator records list shows those there are", "--enroll: there is no %s %s in the records", p.objectType().Name, missing[0])
	}
	return nil
}

// budget is the lower of the flag's and the portal's; nil when there is none.
func (e *Emulator) budget(flag string) (*assistant.Money, error) {
	var lowest *assistant.Money
	for _, limit := range []struct{ from, text string }{{"--max-cost", flag}, {"limits.max_cost_usd in portal.yaml", e.Portal.Settings.OpenAI.Limits.MaxCostUSD}} {
		if limit.text == "" {
			continue
		}
		m, err := assistant.ParseMoney(limit.text)
		if err != nil {
			return nil, usage("usage", "", "%s: %v", limit.from, err)
		}
		if m == 0 && limit.from != "--max-cost" {
			continue // 0: no limit of the portal's own
		}
		if lowest == nil || m < *lowest {
			lowest = &m
		}
	}
	return lowest, nil
}

// steps resolves the steps that --pin and --stub name.
func (s *settled) steps(kinds *flow.Kinds) error {
	if err := s.pin(kinds); err != nil {
		return err
	}
	s.stubs = map[string]bool{}
	for _, name := range s.req.Stubs {
		a, err := s.step("--stub", name)
		if err != nil {
			return err
		}
		if _, pinned := s.pins[a.ID]; pinned || s.given[a.ID] != nil {
			return usage("usage", "keep one of them", "the step %q cannot be pinned and stubbed at once", name)
		}
		s.stubs[a.ID] = true
	}
	return nil
}

// step finds the step that a flag names.
func (s *settled) step(flag, name string) (*flow.Action, error) {
	if a := s.flow.ActionByName(name); a != nil {
		return a, nil
	}
	var names []string
	for _, a := range s.flow.Actions {
		names = append(names, a.Display())
	}
	hint := "the steps are " + strings.Join(names, ", ")
	if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return nil, usage("unknown_step", hint, "%s: the workflow has no step %q", flag, name)
}

// stored is what a run keeps to be able to go on: the request, and what it was settled to.
type stored struct {
	Request Request `json:"request"`
	Now     string  `json:"now"`
	Answers string  `json:"answers"`
	Era     string  `json:"era"`
	Clock   string  `json:"clock"`
}

func (s *settled) settings() (json.RawMessage, error) {
	return json.Marshal(stored{Request: s.req, Now: s.now.Format(time.RFC3339Nano), Answers: s.answers, Era: s.era, Clock: s.mode.String()})
}

// flags are the settings of the run that beat the workflow's own.
func (s *settled) flags() assistant.Settings {
	return assistant.Settings{Model: s.req.Model, Temperature: s.req.Temperature, ReasoningEffort: s.req.ReasoningEffort}
}

// objectType is the type of record the workflow enrolls.
func (s *settled) objectType() hubspot.ObjectType { return s.flow.ObjectType() }
