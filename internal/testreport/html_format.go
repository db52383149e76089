package testreport

import (
	"math"
	"strconv"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// htmlShare keeps a share between 0 and 1; what is no number is 0.
func htmlShare(rate float64) float64 {
	if math.IsNaN(rate) {
		return 0
	}
	return min(max(rate, 0), 1)
}

// htmlPercent writes a share with at most one decimal, whatever a hostile report says. It says 100% of the whole and 0% of nothing only.
func htmlPercent(rate float64) string {
	return percent(htmlShare(rate))
}

// htmlHeat is the style of a pass rate, from q0 for less than half to q5 for all.
func htmlHeat(rate float64) string {
	bounds := [...]float64{0.5, 0.75, 0.9, 0.95, 1}
	level := 0
	for _, bound := range bounds {
		if rate >= bound {
			level++
		}
	}
	return "q" + strconv.Itoa(level)
}

// htmlMoney writes an amount of dollars shortly: cents from one dollar on, three digits below.
func htmlMoney(exact string) string {
	m, err := assistant.ParseMoney(exact)
	if err != nil { // nothing of ours; shown as it is
		return htmlText(exact)
	}
	usd := float64(m) / float64(assistant.USD)
	switch {
	case m == 0:
		return "$0"
	case usd >= 1000:
		return "$" + report.Number(int64(math.Round(usd)))
	case usd >= 1:
		return "$" + strconv.FormatFloat(usd, 'f', 2, 64)
	}
	digits := 2 - int(math.Floor(math.Log10(usd)))
	text := strconv.FormatFloat(usd, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return "$" + text
}

// htmlExact is htmlMoney with the exact amount as a hint where it says more.
func htmlExact(exact string) string {
	short := htmlMoney(exact)
	if long := "$" + htmlText(exact); exact != "" && long != short {
		return `<span title="` + long + `">` + short + `</span>`
	}
	return short
}

// htmlDollars is an amount for a plot, and whether there is one.
func htmlDollars(exact string) (float64, bool) {
	m, err := assistant.ParseMoney(exact)
	return float64(m) / float64(assistant.USD), err == nil
}

// htmlMs writes milliseconds for people.
func htmlMs(ms int64) string {
	if ms >= 1000 && ms < 60_000 {
		return strconv.FormatFloat(float64(ms)/1000, 'f', 2, 64) + " s"
	}
	return report.Duration(time.Duration(ms) * time.Millisecond)
}

// htmlSentence is a text that begins with a capital letter and ends with a full stop.
func htmlSentence(s string) string {
	if s == "" {
		return ""
	}
	return htmlText(strings.ToUpper(s[:1]) + s[1:] + ".")
}

// htmlCut shortens a text to a number of characters, for places that only hint at it.
func htmlCut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// htmlBest tells which cells are best: those with the highest pass rate, and of these the cheapest. Nothing is best among
// fewer than two cells that were asked, nor where all are alike or were answered alike by what nobody was asked for.
func htmlBest(t *prompttest.TestReport) map[*prompttest.CellReport]bool {
	if answeredAlike(t) {
		return nil
	}
	asked, best := 0, map[*prompttest.CellReport]bool{}
	rate, cost := 0.0, assistant.MaxMoney
	for _, c := range t.Cells {
		if c == nil || c.Refused != nil || c.Cases == 0 {
			continue
		}
		asked++
		money := htmlCost(c)
		if c.PassRate > rate || c.PassRate == rate && money < cost {
			clear(best)
			rate, cost = c.PassRate, money
		}
		if c.PassRate == rate && money == cost && rate > 0 {
			best[c] = true
		}
	}
	if asked < 2 || len(best) == asked {
		return nil
	}
	return best
}

// htmlCost is what a cell cost, the most there is where nobody knows.
func htmlCost(c *prompttest.CellReport) assistant.Money {
	money, err := assistant.ParseMoney(c.CostUSD)
	if err != nil || c.UnknownPrice > 0 {
		return assistant.MaxMoney
	}
	return money
}
