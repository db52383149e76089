package suite

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/emulator"
	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// Plan is one test made ready: its cells, and how each cell's results are scored.
type Plan struct {
	e      *emulator.Emulator
	test   *Loaded
	flow   *flow.Flow // as the portal has it
	survey *emulator.Survey
	repeat int
	cells  []*cell
	// dimensions are the settings in which the cells differ.
	dimensions []string
	base       emulator.Request
	// cases are those of each record, enrolled the records that the test enrolls by their ids; nil where it does not name them.
	cases    map[string][]*prompttest.Case
	enrolled map[string]bool
	// read are the files that checks read, such as schemas, and their text.
	read map[string]string
}

// cell is one combination of the matrix, ready to run.
type cell struct {
	prompttest.Cell
	e       *emulator.Emulator // whose portal may have a second workflow laid over it
	request emulator.Request
	flow    *flow.Flow
	scorer  *prompttest.Scorer
}

// prepare reads what the test needs and checks it against the portal. Problems with errors, or an error, mean that nothing runs.
func (p *Plan) prepare(ctx context.Context, opt *Options) (source.Problems, error) {
	problems := slices.Clone(p.test.Problems)
	if problems.HasErrors() {
		return problems, nil
	}
	var err error
	if p.flow, err = flowOf(p.e, p.test); err != nil {
		return append(problems, problemOf(p.test, p.test.WorkflowPos, err)), nil
	}
	p.base = p.request(opt)
	if p.survey, err = p.e.Survey(ctx, p.base, p.index()); err != nil {
		if found, is := p.misplaced(opt, err); is {
			return append(problems, found...), nil
		}
		return problems, err
	}
	if p.repeat = opt.Repeat; p.repeat == 0 {
		p.repeat = max(1, p.test.Repeat)
	}
	matrix := merged(p.test.Matrix, opt.Matrix)
	if n := cellsOf(matrix); n > prompttest.MaxCells || n*p.repeat > maxRuns {
		err := usage("too_many_cells", fmt.Sprintf("at most %d cells, and %d runs of the records in all", prompttest.MaxCells, maxRuns), "the matrix of the test %s has %d cells, each %d times", p.test.Name, n, p.repeat)
		for key, beaten := range map[string]bool{"matrix": opt.Matrix != nil, "repeat": opt.Repeat != 0} {
			if at, there := p.test.Pos[key]; there && !beaten && (key == "matrix" || p.test.Matrix == nil) {
				return append(problems, problemOf(p.test, at, err)), nil
			}
		}
		return problems, err
	}
	var cells []prompttest.Cell
	cells, p.dimensions = matrix.Cells()
	variants := map[string]*variant{}
	for _, c := range cells {
		ready, found, err := p.cell(c, opt, variants)
		if err != nil {
			return problems, err
		}
		problems = append(problems, found...)
		if ready != nil {
			p.cells = append(p.cells, ready)
		}
	}
	return unique(problems), nil
}

// runnable says why a run of some cell would not begin, before any of them does.
func (p *Plan) runnable() error {
	looked := map[*flow.Flow]bool{}
	for _, c := range p.cells {
		if looked[c.flow] {
			continue
		}
		looked[c.flow] = true
		req := c.request
		req.Model, req.Temperature, req.ReasoningEffort = "", nil, "" // what a model does not take is told of each cell
		if err := c.e.Runnable(req, p.survey); err != nil {
			return err
		}
	}
	return nil
}

// maxRuns is how often one test may run over its records.
const maxRuns = 5000

// unique drops findings that several cells have in common.
func unique(problems source.Problems) source.Problems {
	seen := map[source.Problem]bool{}
	return slices.DeleteFunc(problems, func(p source.Problem) bool {
		twice := seen[p]
		seen[p] = true
		return twice
	})
}

// request is a run of the test's workflow as it is.
func (p *Plan) request(opt *Options) emulator.Request {
	t := p.test
	req := emulator.Request{Workflow: p.flow.File, Records: t.Records, Enroll: t.Enroll, Answers: t.Answers, Now: t.Now, Era: t.Era, Faults: t.Faults,
		Pins: maps.Clone(t.Pins), Stubs: t.Stubs, Seed: t.Seed, Concurrency: opt.Concurrency}
	if req.Enroll == "" { // as emulator run says it, so that a kept run differs from others in what is different
		req.Enroll = "matching"
	}
	if req.Faults != "" || len(req.Records) > 0 {
		req.Dir = p.e.Portal.Dir
	}
	if opt.Answers != "" {
		req.Answers = opt.Answers
	}
	if opt.Now != "" {
		req.Now = opt.Now
	}
	if opt.Era != "" {
		req.Era = opt.Era
	}
	if opt.Seed != 0 {
		req.Seed = opt.Seed
	}
	return req
}

// index looks up which records the test names, and gives all of them.
func (p *Plan) index() map[string]bool {
	if e := p.test.Enroll; e != "" && e != "matching" && e != "all" {
		p.enrolled = map[string]bool{}
		for _, id := range strings.Split(e, ",") {
			if id = strings.TrimSpace(id); id != "" {
				p.enrolled[id] = true
			}
		}
	}
	ids := maps.Clone(p.enrolled)
	if ids == nil {
		ids = map[string]bool{}
	}
	p.cases = make(map[string][]*prompttest.Case, len(p.test.Cases))
	for _, c := range p.test.Cases {
		ids[c.Record] = true
		p.cases[c.Record] = append(p.cases[c.Record], c)
	}
	return ids
}

// considers tells whether a record of a stored run is one that the test would enroll or expects something of.
func (p *Plan) considers(id string) bool {
	return p.enrolled == nil || p.enrolled[id] || len(p.cases[id]) > 0
}

// cell makes one cell ready; nil beside findings that keep it from running.
func (p *Plan) cell(c prompttest.Cell, opt *Options, variants map[string]*variant) (*cell, source.Problems, error) {
	req := p.base
	req.Model, req.Temperature, req.ReasoningEffort, req.Assistant = c.Model, c.Temperature, c.ReasoningEffort, c.Assistant
	if c.Assistant != "" {
		if _, err := p.e.Portal.Assistant(c.Assistant); err != nil {
			at, ok := p.written(opt, "assistant", c.Assistant)
			if !ok {
				return nil, nil, err
			}
			return nil, source.Problems{problemOf(p.test, at, err)}, nil
		}
	}
	key := ""
	for _, step := range slices.Sorted(maps.Keys(c.Prompts)) {
		key += strconv.Quote(step) + "=" + strconv.Quote(c.Prompts[step]) + " "
	}
	v := variants[key]
	if v == nil {
		var err error
		if v, err = p.variant(c.Prompts, opt); err != nil {
			return nil, nil, err
		}
		variants[key] = v
	}
	if v.scorer == nil {
		return nil, v.problems, nil
	}
	req.Workflow, req.Prompts = v.flow.File, v.prompts
	return &cell{Cell: c, e: v.e, request: req, flow: v.flow, scorer: v.scorer}, v.problems, nil
}

// written finds a value of the test's own matrix in its file. It is false for one that the command line names.
func (p *Plan) written(opt *Options, key, value string) (source.Pos, bool) {
	if opt.Matrix != nil && slices.ContainsFunc(opt.Matrix.Dimensions, func(d string) bool {
		return d == key || strings.HasPrefix(d, "prompt") && strings.HasPrefix(key, "prompt")
	}) {
		return source.Pos{}, false
	}
	n := p.test.Node.Get("matrix").Get(key)
	if n == nil {
		return source.Pos{}, false
	}
	for _, it := range n.Items {
		if it.Text == value {
			return it.Pos, true
		}
	}
	return n.Pos, true
}

// compile checks the test against a workflow.
func (p *Plan) compile(e *emulator.Emulator, f *flow.Flow) (*prompttest.Scorer, source.Problems) {
	found := p.survey.Found
	env := prompttest.Env{Flow: f, Kinds: e.Kinds, Schema: p.survey.Schema, Users: e.Portal.Users, MaxAttempts: e.Portal.Settings.OpenAI.MaxAttempts, Record: func(id string) bool { return found[id] }, Expect: Env(e)}
	if p.read == nil {
		p.read = map[string]string{}
	}
	env.Expect.ReadFile = func(name string) ([]byte, error) {
		data, err := readInside(e, name)
		p.read[name] = string(data)
		return data, err
	}
	return prompttest.Compile(p.test.Test, env)
}

// Env is what reading checks needs of a portal.
func Env(e *emulator.Emulator) expect.Env {
	return expect.Env{
		ReadFile: func(name string) ([]byte, error) { return readInside(e, name) },
		Assistant: func(idOrName string) (bool, []string) {
			var names []string
			for _, a := range e.Portal.Assistants {
				names = append(names, a.Name)
			}
			_, err := e.Portal.Assistant(idOrName)
			return err == nil, names
		},
	}
}

// cellsOf counts the combinations of a matrix without making them.
func cellsOf(m *prompttest.Matrix) int {
	n := 1
	if m == nil {
		return n
	}
	times := func(values []string) {
		if n <= maxRuns { // or the product could overflow
			n *= max(1, len(values))
		}
	}
	times(m.Models)
	times(m.Temperatures)
	times(m.Efforts)
	times(m.Assistants)
	for _, values := range m.Prompts {
		times(values)
	}
	return n
}

// merged lays the command line's matrix over the test's, dimension by dimension.
func merged(own, over *prompttest.Matrix) *prompttest.Matrix {
	if own == nil || over == nil {
		if over != nil {
			return over
		}
		return own
	}
	m := *own
	for _, d := range []struct{ into, from *[]string }{{&m.Models, &over.Models}, {&m.Temperatures, &over.Temperatures}, {&m.Efforts, &over.Efforts}, {&m.Assistants, &over.Assistants}} {
		if len(*d.from) > 0 {
			*d.into = *d.from
		}
	}
	if len(over.Prompts) > 0 {
		m.Prompts = over.Prompts
		m.Dimensions = slices.DeleteFunc(slices.Clone(m.Dimensions), func(d string) bool { return strings.HasPrefix(d, "prompt") })
	}
	m.Dimensions = slices.Clone(m.Dimensions)
	for _, d := range over.Dimensions {
		if !slices.Contains(m.Dimensions, d) {
			m.Dimensions = append(m.Dimensions, d)
		}
	}
	return &m
}

// Name is the test's.
func (p *Plan) Name() string { return p.test.Name }
