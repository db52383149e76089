package emulator

import (
	"context"
	"errors"
	"io"
	"sort"
	"sync"

	"github.com/tiktoken-go/tokenizer"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/records"
	"askflow/internal/run"
)

// Plan and its parts are package run's, where every program finds them.
type (
	// Plan is what a run would ask and cost.
	Plan = run.Plan
	// Reason is why records do not enroll.
	Reason = run.ReasonCount
	// PlanAsk is one action that asks.
	PlanAsk = run.PlanAsk
	// PlanSample is a rendered prompt.
	PlanSample = run.PlanSample
)

// planSamples is how many prompts a plan shows.
const planSamples = 3

// Plan considers every record and counts what would be asked, asking nothing and storing nothing.
func (e *Emulator) Plan(ctx context.Context, req Request) (*Plan, error) {
	counter := &planner{models: e.Models, asks: map[string]*planned{}}
	p, err := e.prepare(ctx, req, counter)
	if err != nil {
		return nil, err
	}
	if counter.codec, err = tokenizer.Get(tokenizer.O200kBase); err != nil {
		return nil, err
	}
	out := &Plan{Workflow: run.Workflow{File: p.flow.File, ID: p.flow.ID, Name: p.flow.Name}, Answers: p.answers, PricesAsOf: e.Models.AsOf(), NotEnrolled: []Reason{}, Asks: []PlanAsk{}, Samples: []PlanSample{}}
	src := records.Open(p.objectType().Name, p.files, p.options)
	defer func() { _ = src.Close() }()
	reasons := map[string]int64{}
	counter.out = out
	for seq := int64(0); ; seq++ {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		row, err := p.program.One(ctx, seq, rec)
		if err != nil {
			return nil, err
		}
		out.Considered++
		if row.State == run.NotEnrolled {
			reasons[row.Reason]++
			continue
		}
		out.Enrolled++
	}
	addReasons(out, reasons)
	return out, e.price(p, out, counter)
}

func addReasons(out *Plan, reasons map[string]int64) {
	for text, n := range reasons {
		out.NotEnrolled = append(out.NotEnrolled, Reason{Reason: text, Records: n})
	}
	sort.Slice(out.NotEnrolled, func(i, j int) bool {
		a, b := out.NotEnrolled[i], out.NotEnrolled[j]
		return a.Records > b.Records || a.Records == b.Records && a.Reason < b.Reason
	})
}

// price adds the asking actions with their worst cases.
func (e *Emulator) price(p *prepared, out *Plan, counter *planner) error {
	var least, most assistant.Money
	known := true
	for _, a := range p.flow.Actions {
		if !e.Kinds.IsOpenAI(a) {
			continue
		}
		q, refused := action.Question(p.program.Runner(a.ID))
		ask := PlanAsk{ActionID: a.ID, Name: a.Name, Refused: refused}
		if q != nil {
			ask.Assistant, ask.Model, ask.Temperature, ask.ReasoningEffort, ask.Warnings = q.Assistant.ID, q.Model, q.Temperature, q.ReasoningEffort, q.Warnings
			n := counter.asks[a.ID]
			if n == nil {
				n = &planned{}
				ask.Conditional = true
			}
			ask.Asks, ask.InputTokens, ask.MaxOutput = n.asks, n.input, n.asks*int64(q.MaxOutputTokens)
			if m, ok := e.Models.Lookup(q.Model); ok && m.Priced {
				ask.MinCostUSD, ask.MaxCostUSD = n.least.String(), n.most.String()
				least, most = least.Add(n.least), most.Add(n.most)
			} else {
				known = false
			}
		}
		out.Asks = append(out.Asks, ask)
	}
	if known {
		out.MinCostUSD, out.MaxCostUSD = least.String(), most.String()
	}
	return nil
}

// planner stands in for the client: it counts questions and answers nothing.
type planner struct {
	mu     sync.Mutex
	codec  tokenizer.Codec
	models *assistant.Models
	asks   map[string]*planned
	out    *Plan
}

type planned struct {
	asks, input int64
	least, most assistant.Money
}

// messageTokens is what framing adds to a question of two messages, roughly.
const messageTokens = 9

// Ask counts.
func (p *planner) Ask(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	caller, _ := assistant.CallerFrom(ctx)
	tokens := messageTokens
	for _, text := range []string{q.Instructions, q.Prompt} {
		n, err := p.codec.Count(text)
		if err != nil {
			n = (len(text) + 3) / 4
		}
		tokens += n
	}
	n := p.asks[caller.Step]
	if n == nil {
		n = &planned{}
		p.asks[caller.Step] = n
	}
	n.asks++
	n.input += int64(tokens)
	if m, ok := p.models.Lookup(q.Model); ok {
		least, _ := m.Cost(run.Usage{InputTokens: tokens}, 0)
		most, _ := m.WorstCase(tokens, q.MaxOutputTokens)
		n.least, n.most = n.least.Add(least), n.most.Add(most)
	}
	if len(p.out.Samples) < planSamples {
		p.out.Samples = append(p.out.Samples, PlanSample{Record: run.RecordRef{ObjectType: caller.RecordType, ID: caller.RecordID}, Action: caller.Step, Prompt: q.Prompt, Tokens: tokens})
	}
	return &assistant.Answer{Model: q.Model}, nil
}
