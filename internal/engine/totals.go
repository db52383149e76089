package engine

import (
	"maps"
	"unicode/utf8"

	"askflow/internal/assistant"
	"askflow/internal/run"
)

// contribution is what one enrollment adds to the totals.
type contribution struct {
	state                            run.State
	steps, failed, skipped           int
	asks, attempts, retries          int
	failedAsks, noAnswer             int
	input, cached, output, reasoning int
	estimated                        bool
	unnamed                          bool
	unknownPrice                     int
	cost                             assistant.Money
	effects                          [len(effectTypes)]int
	answers                          []string
	latency, tokens                  run.Histogram
	// model is what the first model asked did, others what further ones did: mostly there are none.
	model  modelSum
	others []modelSum
	// askSteps are kept only where a budget looks at them.
	askSteps []run.Step
}

var effectTypes = [...]run.EffectType{run.EffectTask, run.EffectNotification, run.EffectEmail, run.EffectProperty, run.EffectRecord, run.EffectAssociation}

func contribute(w *walker) contribution {
	c := contributionOf(w.state, w.steps, w.effects)
	c.unnamed = w.state == run.NotEnrolled && w.reason == run.NotNamed
	if w.p.cfg.Budget != nil {
		c.askSteps = w.steps
	}
	return c
}

func contributionOf(state run.State, steps []run.Step, effects []run.Effect) contribution {
	c := contribution{state: state, steps: len(steps)}
	for i := range steps {
		s := &steps[i]
		switch s.State {
		case run.FailContinue:
			c.failed++
		case run.Skipped:
			c.skipped++
		}
		c.addAsk(s)
	}
	for i := range effects {
		for j, t := range effectTypes {
			if effects[i].Type == t {
				c.effects[j]++
			}
		}
	}
	return c
}

func (c *contribution) addAsk(s *run.Step) {
	a := s.Ask
	if a == nil || s.Stubbed {
		return
	}
	if a.Response != nil {
		c.answers = append(c.answers, *a.Response)
	}
	if s.Pinned { // nobody was asked
		return
	}
	c.asks++
	c.attempts += a.Attempts
	c.retries += max(0, a.Attempts-1)
	if s.State == run.FailContinue {
		c.failedAsks++
	}
	if unanswered(s) {
		c.noAnswer++
	}
	if u := a.Usage; u != nil {
		c.input += u.InputTokens
		c.cached += u.CachedTokens
		c.output += u.OutputTokens
		c.reasoning += u.ReasoningTokens
		c.estimated = c.estimated || u.Estimated
		if a.CostUSD == "" {
			c.unknownPrice++
		}
	}
	var cost assistant.Money
	if a.CostUSD != "" {
		if m, err := assistant.ParseMoney(a.CostUSD); err == nil {
			cost = m
		}
	}
	c.cost = c.cost.Add(cost)
	c.addModel(s, cost)
}

// addModel counts an ask for the charts.
func (c *contribution) addModel(s *run.Step, cost assistant.Money) {
	a := s.Ask
	if a.Attempts > 0 {
		c.latency.Add(a.LatencyMs)
	}
	m := c.modelSum(a.Model)
	m.asks++
	if s.State == run.FailContinue {
		m.failed++
	}
	if u := a.Usage; u != nil {
		c.tokens.Add(int64(u.InputTokens) + int64(u.OutputTokens))
		m.input += int64(u.InputTokens)
		m.cached += int64(u.CachedTokens)
		m.output += int64(u.OutputTokens)
		m.reasoning += int64(u.ReasoningTokens)
	}
	m.cost = m.cost.Add(cost)
}

// modelSum is where the asks of a model add up.
func (c *contribution) modelSum(model string) *modelSum {
	if c.model.asks == 0 {
		c.model.model = model
	}
	if c.model.model == model {
		return &c.model
	}
	for i := range c.others {
		if c.others[i].model == model {
			return &c.others[i]
		}
	}
	c.others = append(c.others, modelSum{model: model})
	return &c.others[len(c.others)-1]
}

// modelSum adds up the asks of one model.
type modelSum struct {
	model                                          string
	asks, failed, input, cached, output, reasoning int64
	cost                                           assistant.Money
}

// add adds other, or takes it away.
func (m *modelSum) add(other *modelSum, sign int64) {
	m.asks += sign * other.asks
	m.failed += sign * other.failed
	m.input += sign * other.input
	m.cached += sign * other.cached
	m.output += sign * other.output
	m.reasoning += sign * other.reasoning
	if sign < 0 {
		m.cost -= other.cost
	} else {
		m.cost = m.cost.Add(other.cost)
	}
}

func (m *modelSum) totals() run.ModelTotals {
	return run.ModelTotals{Asks: m.asks, FailedAsks: m.failed, InputTokens: m.input, CachedTokens: m.cached, OutputTokens: m.output,
		ReasoningTokens: m.reasoning, CostUSD: m.cost.String()}
}

func modelSumOf(model string, t run.ModelTotals) *modelSum {
	m := &modelSum{model: model, asks: t.Asks, failed: t.FailedAsks, input: t.InputTokens, cached: t.CachedTokens, output: t.OutputTokens, reasoning: t.ReasoningTokens}
	if cost, err := assistant.ParseMoney(t.CostUSD); err == nil {
		m.cost = cost
	}
	return m
}

// unanswered tells of an ask that found no scripted answer or recording.
func unanswered(s *run.Step) bool {
	return s.Ask != nil && s.Error != nil && (s.Error.Code == assistant.CodeNoScriptedAnswer || s.Error.Code == assistant.CodeNoRecording)
}

func (c *contribution) costText() string {
	if c.asks == 0 {
		return ""
	}
	return c.cost.String()
}

// Answers are counted by value up to these bounds: the first maxAnswerEntries in the order of their text, whatever the
// order in which they come; all others, and longer ones, count under "".
const (
	maxAnswerLength  = 60
	maxAnswerEntries = 200
)

// tally keeps a run's totals.
type tally struct {
	totals run.Totals
	cost   assistant.Money
	// last is the last answer in the order of their text, once maxAnswerEntries are counted by value; "" before.
	last string
	// models are nil in a run that was begun by a version without them: a part of the asks would look like all.
	models map[string]*modelSum
}

func newTally(from *run.Totals) *tally {
	t := &tally{}
	if from != nil {
		t.totals = *from
		t.totals.Enrollments, t.totals.Effects, t.totals.Answers = maps.Clone(from.Enrollments), maps.Clone(from.Effects), maps.Clone(from.Answers)
		if m, err := assistant.ParseMoney(from.CostUSD); err == nil {
			t.cost = m
		}
	}
	if t.totals.Enrollments == nil {
		t.totals.Enrollments = map[run.State]int64{}
	}
	if t.totals.Effects == nil {
		t.totals.Effects = map[string]int64{}
	}
	if t.totals.Answers == nil {
		t.totals.Answers = map[string]int64{}
	}
	if t.totals.Asks == 0 || t.totals.Models != nil {
		t.models = make(map[string]*modelSum, len(t.totals.Models))
		for name, m := range t.totals.Models {
			t.models[name] = modelSumOf(name, m)
		}
	}
	t.findLast()
	return t
}

// chart counts what charts are drawn of.
func (t *tally) chart(c *contribution, sign int64) {
	if t.models == nil || c.asks == 0 {
		return
	}
	if sign < 0 {
		t.totals.Latency.Subtract(&c.latency)
		t.totals.Tokens.Subtract(&c.tokens)
	} else {
		t.totals.Latency.Merge(&c.latency)
		t.totals.Tokens.Merge(&c.tokens)
	}
	t.countModel(&c.model, sign)
	for i := range c.others {
		t.countModel(&c.others[i], sign)
	}
}

func (t *tally) countModel(c *modelSum, sign int64) {
	m := t.models[c.model]
	if m == nil {
		m = &modelSum{model: c.model}
		t.models[c.model] = m
	}
	m.add(c, sign)
}

// add counts an enrollment in (sign 1) or out (sign -1, before its row is replaced).
func (t *tally) add(c *contribution, sign int64) {
	o := &t.totals
	o.Considered += sign
	if o.Enrollments[c.state] += sign; o.Enrollments[c.state] == 0 {
		delete(o.Enrollments, c.state)
	}
	if c.unnamed {
		o.NotNamed += sign
	}
	o.Steps += sign * int64(c.steps)
	o.FailedSteps += sign * int64(c.failed)
	o.SkippedSteps += sign * int64(c.skipped)
	o.Asks += sign * int64(c.asks)
	o.Attempts += sign * int64(c.attempts)
	o.Retries += sign * int64(c.retries)
	o.FailedAsks += sign * int64(c.failedAsks)
	o.NoAnswer += sign * int64(c.noAnswer)
	o.InputTokens += sign * int64(c.input)
	o.CachedTokens += sign * int64(c.cached)
	o.OutputTokens += sign * int64(c.output)
	o.ReasoningTokens += sign * int64(c.reasoning)
	o.EstimatedUsage = o.EstimatedUsage || c.estimated
	o.UnknownPrice += sign * int64(c.unknownPrice)
	for i, n := range c.effects {
		if n == 0 {
			continue
		}
		key := string(effectTypes[i])
		if o.Effects[key] += sign * int64(n); o.Effects[key] == 0 {
			delete(o.Effects, key)
		}
	}
	for _, a := range c.answers {
		t.countAnswer(a, sign)
	}
	t.chart(c, sign)
	if sign < 0 {
		t.cost -= c.cost
	} else {
		t.cost = t.cost.Add(c.cost)
	}
}

// countAnswer counts by value, or under "". An answer that was counted out keeps its place with a count of 0, so that which
// ones have a place depends on what came and not on when; one that has lost its place never gets it back.
func (t *tally) countAnswer(a string, sign int64) {
	answers := t.totals.Answers
	if a == "" || len(a) > 4*maxAnswerLength || utf8.RuneCountInString(a) > maxAnswerLength {
		answers[""] += sign
		return
	}
	if _, known := answers[a]; known {
		answers[a] += sign
		return
	}
	if t.last != "" && a > t.last || sign < 0 {
		answers[""] += sign
		return
	}
	answers[a] = sign
	if t.last != "" {
		answers[""] += answers[t.last]
		delete(answers, t.last)
	}
	t.findLast()
}

// findLast finds the last answer that is counted by value, when there are as many as there may be.
func (t *tally) findLast() {
	n := len(t.totals.Answers)
	if _, others := t.totals.Answers[""]; others {
		n--
	}
	if n < maxAnswerEntries {
		return
	}
	t.last = ""
	for a := range t.totals.Answers {
		t.last = max(t.last, a)
	}
}

// snapshot is the totals as they stand. Later counting does not change it.
func (t *tally) snapshot() *run.Totals {
	out := t.totals
	out.CostUSD = t.cost.String()
	out.Enrollments, out.Effects, out.Answers = maps.Clone(out.Enrollments), maps.Clone(out.Effects), maps.Clone(out.Answers)
	maps.DeleteFunc(out.Answers, func(_ string, n int64) bool { return n <= 0 })
	out.Models = nil
	for name, m := range t.models {
		if m.asks <= 0 {
			continue
		}
		if out.Models == nil {
			out.Models = make(map[string]run.ModelTotals, len(t.models))
		}
		out.Models[name] = m.totals()
	}
	return &out
}
