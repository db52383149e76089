package recording

import (
	"hash/maphash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"askflow/internal/assistant"
)

const (
	// maxGuesses is how many interactions are looked at for the nearest one. Keys are hashes, so that the first ones of
	// a larger library are a fair sample, and always the same.
	maxGuesses = 4000
	// sketchWords is how many word hashes stand for a text.
	sketchWords = 48
)

// guesser finds the nearest recording. It is built at the first miss, which most runs never have.
type guesser struct {
	once       sync.Once
	candidates []candidate
	seed       maphash.Seed
}

// candidate is what is remembered of an interaction.
type candidate struct {
	key          string
	protocol     assistant.Protocol
	model        string
	instructions uint64
	settings     uint64
	sketch       []uint64 // the smallest hashes of the prompt's words, sorted
}

func (g *guesser) hash(s string) uint64 { return maphash.String(g.seed, s) }

// sketch stands for a text's words. Two sketches overlap about as much as the texts do.
func (g *guesser) sketch(text string) []uint64 {
	words := strings.Fields(text)
	out := make([]uint64, 0, len(words))
	for _, w := range words {
		out = append(out, fnv(w))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.Clone(out[:min(len(out), sketchWords)])
}

// fnv is the FNV-1a hash: unlike maphash it is the same in every process, and with it the choice of words in a sketch.
func fnv(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func (g *guesser) candidate(key string, q *Question) candidate {
	return candidate{key: key, protocol: q.Protocol, model: q.Model, instructions: g.hash(q.Instructions), settings: g.hash(settingsText(q)), sketch: g.sketch(q.Prompt)}
}

func settingsText(q *Question) string {
	var b strings.Builder
	for _, name := range sortedKeys(q.Settings) {
		b.WriteString(name + "=" + q.Settings[name] + "\n")
	}
	return b.String()
}

// build reads the candidates.
func (g *guesser) build(l *Library) {
	g.seed = maphash.MakeSeed()
	for _, key := range l.Keys() {
		if len(g.candidates) == maxGuesses {
			return
		}
		i, err := l.Lookup(key)
		if err != nil {
			continue // it can be nobody's answer
		}
		if q, err := i.Question(); err == nil {
			g.candidates = append(g.candidates, g.candidate(key, q))
		}
	}
}

// nearest finds the recording that comes closest to a question: what fits beside the prompt counts most, then how many
// words the prompts share. Of equals the first key wins.
func (l *Library) nearest(q *Question) (*Interaction, *Question) {
	g := &l.guesses
	g.once.Do(func() { g.build(l) })
	want := g.candidate("", q)
	best, bestScore := -1, -1.0
	for n := range g.candidates {
		if score := want.score(&g.candidates[n]); score > bestScore {
			best, bestScore = n, score
		}
	}
	if best < 0 {
		return nil, nil
	}
	i, err := l.Lookup(g.candidates[best].key)
	if err != nil {
		return nil, nil
	}
	other, err := i.Question()
	if err != nil {
		return nil, nil
	}
	return i, other
}

func (c *candidate) score(other *candidate) float64 {
	score := 3 * overlap(c.sketch, other.sketch)
	for _, same := range []struct {
		is     bool
		weight float64
	}{{c.instructions == other.instructions, 2}, {c.model == other.model, 1}, {c.protocol == other.protocol, 0.5}, {c.settings == other.settings, 0.25}} {
		if same.is {
			score += same.weight
		}
	}
	return score
}

// overlap is the share of common hashes, from 0 to 1.
func overlap(a, b []uint64) float64 {
	if len(a) == 0 && len(b) == 0 {
		return 1
	}
	common, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			common, i, j = common+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}

// miss is the error of a question that was never recorded.
func (l *Library) miss(req *http.Request, q *Question, opt *ReplayOptions) error {
	var b strings.Builder
	b.WriteString("No recording fits the prompt " + strconv.Quote(clip(strings.Join(strings.Fields(q.Prompt), " "))))
	if c, ok := assistant.CallerFrom(req.Context()); ok {
		if c.RecordID != "" {
			b.WriteString(" of record " + c.RecordID)
		}
		if step := c.StepName; step != "" || c.Step != "" {
			if step == "" {
				step = c.Step
			}
			b.WriteString(" at step " + step)
		}
	}
	b.WriteString(".")
	if !opt.NoNearest {
		b.WriteString(l.nearestText(q))
	}
	hint := opt.Hint
	if hint == "" {
		hint = "record it: emulator run WORKFLOW --answers record"
	}
	return &assistant.Error{Code: assistant.CodeNoRecording, Message: b.String(), Hint: hint}
}

func (l *Library) nearestText(q *Question) string {
	i, other := l.nearest(q)
	if i == nil {
		return " There are no recordings."
	}
	return " The nearest is at " + i.File + ":" + strconv.Itoa(i.Line) + "; " + differs(q, other) + "."
}

// differs names the parts of a question in which a recorded one differs.
func differs(q, recorded *Question) string {
	var parts []string
	say := func(what, here, there string) {
		if here != there {
			parts = append(parts, "the "+what+" is "+orUnset(here)+" here and "+orUnset(there)+" there")
		}
	}
	say("protocol", string(q.Protocol), string(recorded.Protocol))
	say("model", q.Model, recorded.Model)
	names := map[string]bool{}
	for name := range q.Settings {
		names[name] = true
	}
	for name := range recorded.Settings {
		names[name] = true
	}
	for _, name := range sortedKeys(names) {
		say(name, clip(q.Settings[name]), clip(recorded.Settings[name]))
		if q.Settings[name] != recorded.Settings[name] && clip(q.Settings[name]) == clip(recorded.Settings[name]) {
			parts = append(parts, "the "+name+" differs")
		}
	}
	if q.Instructions != recorded.Instructions {
		parts = append(parts, "the assistant's instructions differ: "+tell(q.Instructions, recorded.Instructions))
	}
	if q.Prompt != recorded.Prompt {
		parts = append(parts, "the prompt differs: "+tell(q.Prompt, recorded.Prompt))
	}
	if q.Repeat != recorded.Repeat {
		parts = append(parts, "this is repeat "+strconv.Itoa(q.Repeat)+" and that was repeat "+strconv.Itoa(recorded.Repeat))
	}
	if len(parts) == 0 {
		return "it asks the same in another form"
	}
	return strings.Join(parts, "; ")
}

func orUnset(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}
