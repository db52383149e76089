package assistant

import (
	"sort"
	"strings"
	"time"

	"askflow/internal/run"
)

// TemperatureSupport says when a model takes a temperature (and top_p).
type TemperatureSupport string

// When a model takes a temperature. The empty value means that it is not known: whatever is asked for is sent.
const (
	TemperatureUnknown  TemperatureSupport = ""
	TemperatureAlways   TemperatureSupport = "yes"
	TemperatureNoneOnly TemperatureSupport = "none_only" // only with reasoning effort none
	TemperatureNever    TemperatureSupport = "no"
)

// Efforts are the reasoning efforts the API knows, from least to most; each model takes some of them.
func Efforts() []string {
	return []string{EffortNone, "minimal", "low", "medium", "high", "xhigh", "max"}
}

// EffortNone is the reasoning effort with which a model does not reason.
const EffortNone = "none"

// longContext is the number of input tokens above which models with LongContext cost more.
const longContext = 272_000

// Model is what one model takes and costs. Prices are USD per 1,000,000 tokens, standard tier.
type Model struct {
	ID   string
	Name string
	// Priced tells whether the prices are known; a free model is Priced with prices of 0.
	Priced bool
	Input  Money
	// CachedInput is the price of input read from the cache, CacheWrite that of input written to it. 0 means that the
	// model has no own price for it: it costs what Input costs.
	CachedInput Money
	CacheWrite  Money
	Output      Money // reasoning tokens included
	// LongContext tells that a request with more than 272,000 input tokens costs double for all its input and one and
	// a half times for its output.
	LongContext bool
	Context     int // tokens; 0 when unknown
	MaxOutput   int // tokens; 0 when unknown
	// Efforts are the reasoning efforts the model takes: empty for a model that does not reason, nil when unknown.
	Efforts []string
	// DefaultEffort is used by the model when none is sent; "" when unknown or when it does not reason.
	DefaultEffort string
	Temperature   TemperatureSupport
	// Shutdown is the day (UTC) on which OpenAI switches the model off; zero when not announced.
	Shutdown time.Time
	// AsOf is the date of this knowledge, YYYY-MM-DD.
	AsOf string
	Note string
}

// Gone tells whether the model is switched off at that time.
func (m Model) Gone(now time.Time) bool {
	return !m.Shutdown.IsZero() && !now.IsZero() && !now.Before(m.Shutdown)
}

// TakesEffort tells whether the model takes the effort; true when its efforts are not known.
func (m Model) TakesEffort(effort string) bool {
	if m.Efforts == nil {
		return true
	}
	for _, e := range m.Efforts {
		if e == effort {
			return true
		}
	}
	return false
}

// Cost is what usage costs, exactly. cacheWrite is how many of the input tokens were written to the cache. It is false
// when the model's prices are unknown.
func (m Model) Cost(u run.Usage, cacheWrite int) (Money, bool) {
	if !m.Priced {
		return 0, false
	}
	cached := min(max(0, u.CachedTokens), max(0, u.InputTokens))
	written := min(max(0, cacheWrite), u.InputTokens-cached)
	plain := max(0, u.InputTokens-cached-written)
	cost := perToken(m.Input).times(plain)
	cost = cost.Add(perToken(orElse(m.CachedInput, m.Input)).times(cached))
	cost = cost.Add(perToken(orElse(m.CacheWrite, m.Input)).times(written))
	output := perToken(m.Output).times(u.OutputTokens)
	if m.LongContext && u.InputTokens > longContext {
		cost = cost.Add(cost)
		// Prices have at most five decimals, so that a token's price is an even number of units and its half is exact.
		output = output.Add(output / 2)
	}
	return cost.Add(output), true
}

// WorstCase is the most that one request with so many input tokens and this output bound can cost: all input written to
// the cache, all output used. It is false when the model's prices are unknown.
func (m Model) WorstCase(inputTokens, maxOutputTokens int) (Money, bool) {
	written := 0
	if m.CacheWrite > m.Input {
		written = inputTokens
	}
	return m.Cost(run.Usage{InputTokens: inputTokens, OutputTokens: maxOutputTokens}, written)
}

func perToken(perMillion Money) Money { return perMillion / 1_000_000 }

func orElse(price, otherwise Money) Money {
	if price == 0 {
		return otherwise
	}
	return price
}

// Models is the table of what models take and cost. It does not change once made; many may read it at once.
type Models struct {
	asOf string
	byID map[string]Model
	ids  []string
	now  time.Time
}

// AsOf is the date of the table, YYYY-MM-DD.
func (t *Models) AsOf() string {
	if t == nil {
		return ""
	}
	return t.asOf
}

// At is the table with a time from which to judge which models are switched off. Resolve warns about those.
func (t *Models) At(now time.Time) *Models {
	if t == nil {
		return nil
	}
	c := *t
	c.now = now
	return &c
}

// All lists the models in the order of the table.
func (t *Models) All() []Model {
	if t == nil {
		return nil
	}
	out := make([]Model, len(t.ids))
	for i, id := range t.ids {
		out[i] = t.byID[id]
	}
	return out
}

// IDs lists the models' ids, sorted.
func (t *Models) IDs() []string {
	if t == nil {
		return nil
	}
	out := append([]string(nil), t.ids...)
	sort.Strings(out)
	return out
}

// Lookup finds a model. A dated snapshot (gpt-4o-2024-08-06) is its family unless the table lists it; a fine-tuned
// model (ft:gpt-4o-mini:…) takes what its base takes, at an unknown price. Unknown models are no error anywhere.
func (t *Models) Lookup(id string) (Model, bool) {
	if t == nil {
		return Model{}, false
	}
	if m, ok := t.byID[id]; ok {
		return m, true
	}
	if m, ok := t.byID[family(id)]; ok {
		m.ID = id
		return m, true
	}
	if rest, ok := strings.CutPrefix(id, "ft:"); ok {
		base, _, _ := strings.Cut(rest, ":")
		if strings.HasPrefix(base, "ft:") {
			return Model{}, false
		}
		if m, found := t.Lookup(base); found {
			m.ID, m.Priced = id, false
			return m, true
		}
	}
	return Model{}, false
}

// family cuts the date off a snapshot's id.
func family(id string) string {
	const date = len("-2006-01-02")
	if len(id) <= date {
		return id
	}
	tail := id[len(id)-date:]
	if tail[0] != '-' || tail[5] != '-' || tail[8] != '-' || !digits(tail[1:5]) || !digits(tail[6:8]) || !digits(tail[9:]) {
		return id
	}
	return id[:len(id)-date]
}
