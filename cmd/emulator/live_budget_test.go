package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"askflow/internal/assistant"
)

// meter is the account as a cautious OpenAI would keep it: what the questions that came in may cost at most, together.
type meter struct {
	t    *testing.T
	mu   sync.Mutex
	most assistant.Money
}

// worst is what a question costs when its answer is as long as it may be.
func (m *meter) worst(r *http.Request) assistant.Money {
	data, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(data))
	var q struct {
		Model         string
		MaxOutput     int `json:"max_output_tokens"`
		MaxCompletion int `json:"max_completion_tokens"`
	}
	if err != nil || json.Unmarshal(data, &q) != nil || q.MaxOutput+q.MaxCompletion != 1000 {
		m.t.Errorf("%v: a question without an output bound: %s", err, data)
	}
	model, ok := assistant.DefaultModels().Lookup(q.Model)
	if !ok {
		m.t.Errorf("a question for %q", q.Model)
	}
	cost, _ := model.WorstCase(8, q.MaxOutput+q.MaxCompletion) // no prompt of these is shorter
	return cost
}

func (m *meter) add(cost assistant.Money) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = m.most.Add(cost)
}

// A budget holds at the server: at no moment has it let in more than the budget allows, however many ask at once and
// whatever the answers cost; and a run that stopped goes on under a higher budget without asking anything again.
func TestLiveBudget(t *testing.T) {
	t.Parallel()
	for _, protocol := range liveProtocols() {
		for _, concurrency := range []string{"1", "16"} {
			t.Run(string(protocol)+"/"+concurrency, func(t *testing.T) {
				t.Parallel()
				f := newFront(t, protocol)
				m := &meter{t: t}
				f.before = func(_ int, r *http.Request) http.Handler {
					m.add(m.worst(r))
					return nil
				}
				o := newOffice(t, f.url, protocol)
				o.env["OPENAI_API_KEY"] = liveKey
				o.records(20)
				// An answer costs $0.000505 here, and is reserved with a little more for its prompt.
				args := []string{"--clock", "x200", "--concurrency", concurrency, "-o", "json"}
				got := o.run("", append([]string{"run", "grade", "--answers", "live", "--max-cost", "0.0052"}, args...)...).must(4, "", "--resume r1 --max-cost USD").results()
				budget, err := assistant.ParseMoney("0.0052")
				spent, spentErr := assistant.ParseMoney(got.Run.Totals.CostUSD)
				if err != nil || spentErr != nil || spent > budget || m.most > budget || m.most == 0 || got.Run.Status != "STOPPED" || got.Run.Error.Code != assistant.CodeOverBudget {
					t.Errorf("of $%s, $%s are spent and up to $%s were let in: %+v", budget, spent, m.most, got.Run)
				}
				f.mustHaveSeen(t, 10) // as many as fit
				again := append([]string{"run", "--resume", "last"}, args[2:]...)
				o.run("", again...).must(4, "", "")
				f.mustHaveSeen(t, 10)
				o.run("", append(again, "--max-cost", "0.0077")...).must(4, "", "")
				f.mustHaveSeen(t, 15)
				o.run("", append(again, "--max-cost", "1", "--strict")...).must(0, "", "").results().answered(t, 20)
				f.mustHaveSeen(t, 20)
			})
		}
	}
}

// What was sent and never answered may have been charged: it counts in full.
func TestLiveBudgetCountsWhatWasLost(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []string{"1", "16"} {
		for _, fault := range []string{"reset", "truncated"} {
			t.Run(fault+"/"+concurrency, func(t *testing.T) {
				t.Parallel()
				f := newFront(t, assistant.Responses)
				f.serve(simulator(t, "- fault: "+fault+"\n", assistant.Responses))
				o := newOffice(t, f.url, assistant.Responses)
				o.env["OPENAI_API_KEY"] = liveKey
				o.records(20)
				o.run("", "run", "grade", "--answers", "live", "--max-cost", "0.0052", "--clock", "x200", "--concurrency", concurrency).must(4, "", "--max-cost")
				f.mustHaveSeen(t, 10)
				// Going on does not forget them, nor what was under way.
				o.run("", "run", "--resume", "last", "--clock", "x200", "--concurrency", concurrency).must(2, "", "--clock")
				o.run("", "run", "--resume", "last", "--concurrency", concurrency).must(4, "", "--max-cost")
				f.mustHaveSeen(t, 10)
			})
		}
	}
}

// A budget that the price table cannot keep is refused before anything is sent.
func TestLiveBudgetWithoutPrice(t *testing.T) {
	t.Parallel()
	f := newFront(t, assistant.Responses)
	o := newOffice(t, f.url, assistant.Responses)
	o.env["OPENAI_API_KEY"] = liveKey
	o.run("", "run", "grade", "--answers", "live", "--model", "local-7b", "--max-cost", "1").must(4, "", "price of local-7b is unknown")
	o.run("", "run", "grade", "--answers", "live", "--max-cost", "0").must(4, "", "--max-cost")
	f.mustHaveSeen(t, 0)
}

// Under many at once the limiter takes the server's limits to heart, and nobody is asked twice.
func TestLiveManyAtOnce(t *testing.T) {
	t.Parallel()
	f := newFront(t, assistant.Responses)
	o := newOffice(t, f.url, assistant.Responses)
	o.env["OPENAI_API_KEY"] = liveKey
	o.records(200)
	var mu sync.Mutex
	asked := map[string]int{}
	f.before = func(_ int, r *http.Request) http.Handler {
		data, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(data))
		var q struct{ Input string }
		if err != nil || json.Unmarshal(data, &q) != nil {
			t.Errorf("%v: %s", err, data)
		}
		mu.Lock()
		defer mu.Unlock()
		asked[q.Input]++
		return nil
	}
	o.run("", "run", "grade", "--answers", "live", "--concurrency", "64", "--strict", "-o", "json").must(0, "", "").results().answered(t, 200)
	for i := 1; i <= 200; i++ {
		if q := fmt.Sprintf("Grade: Lead%d", i); asked[q] != 1 {
			t.Errorf("%q was asked %d times", q, asked[q])
		}
	}
}
