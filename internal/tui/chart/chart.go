// Package chart draws numbers with letters: bars, histograms, sparklines, progress, stacks. Everything is a function of a
// theme, data and a size; labels are data and made safe here. Series differ by their glyphs as well as by their colours. A number
// that is none, and one below zero, is drawn as nothing.
package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
)

// Bar is one bar. Text stands behind it; "" stands for the value.
type Bar struct {
	Label string
	Value float64
	Text  string
}

// amount is what a value counts: nothing when it is not a number or below zero.
func amount(v float64) float64 {
	if math.IsNaN(v) || v < 0 {
		return 0
	}
	return math.Min(v, math.MaxFloat64/1e6) // so that sums stay finite
}

// Number is a value as charts write it: short, with at most two decimals.
func Number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	for _, unit := range []struct {
		from float64
		sign string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if math.Abs(v) >= unit.from {
			per := unit.from
			if unit.sign == "k" {
				per = 1e3
			}
			if math.Abs(v) >= 1e18 {
				return strconv.FormatFloat(v, 'g', 3, 64)
			}
			return trim(v/per, 1) + unit.sign
		}
	}
	return trim(v, 2)
}

func trim(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// line is a bar of eighths: exactly width cells, of which share (0 to 1) is full. What is more than nothing shows.
func line(full, rest lipgloss.Style, share float64, width int) string {
	if width <= 0 {
		return ""
	}
	share = math.Max(0, math.Min(amount(share), 1))
	eighths := int(math.Round(share * float64(width) * 8))
	if eighths == 0 && share > 0 {
		eighths = 1
	}
	bar := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	out := ""
	if bar != "" {
		out = full.Render(bar)
	}
	if left := width - text.Width(bar); left > 0 {
		out += rest.Render(strings.Repeat("·", left))
	}
	return out
}

// Bars draws horizontal bars with their values, the given order kept. Of more than maxRows, the last line says how many are left out and
// what they come to. No line is wider than width.
func Bars(th *theme.Theme, bars []Bar, width, maxRows int) []string {
	if width <= 0 || maxRows <= 0 || len(bars) == 0 {
		return nil
	}
	shown, more := bars, 0
	if len(bars) > maxRows {
		shown, more = bars[:maxRows-1], len(bars)-maxRows+1
	}
	most := 0.0
	for _, b := range shown {
		most = math.Max(most, amount(b.Value))
	}
	labels, values := 0, 0
	rows := make([][2]string, len(shown))
	for i, b := range shown {
		value := b.Text
		if value == "" {
			value = Number(b.Value)
		}
		rows[i] = [2]string{text.Clip(b.Label, max(1, width/3)), text.Clip(value, max(1, width/3))}
		if b.Label == "" {
			rows[i][0] = "–"
		}
		labels, values = max(labels, text.Width(rows[i][0])), max(values, text.Width(rows[i][1]))
	}
	var out []string
	room := width - labels - values - 2
	for i, r := range rows {
		share := 0.0
		if most > 0 {
			share = amount(shown[i].Value) / most
		}
		s := th.Text.Render(text.Fit(r[0], labels)) + " "
		if room >= 3 {
			s += line(th.Charts.Bar, th.Charts.Track, share, room) + " "
		}
		out = append(out, text.Cut(s+th.Strong.Render(text.FitRight(r[1], values)), width))
	}
	if more > 0 {
		sum := 0.0
		for _, b := range bars[len(shown):] {
			sum += amount(b.Value)
		}
		out = append(out, th.Faint.Render(text.Clip(fmt.Sprintf("… %d more, together %s", more, Number(sum)), width)))
	}
	return out
}

// Sparkline draws values as one line of columns, the newest at the right: the last width values where there are more.
func Sparkline(th *theme.Theme, values []float64, width int) string {
	if width <= 0 || len(values) == 0 {
		return ""
	}
	values = values[max(0, len(values)-width):]
	most := 0.0
	for _, v := range values {
		most = math.Max(most, amount(v))
	}
	var b strings.Builder
	levels := []rune("▁▂▃▄▅▆▇█")
	for _, v := range values {
		switch v = amount(v); {
		case v == 0:
			b.WriteRune(' ')
		default:
			b.WriteRune(levels[min(7, int(v/most*8))])
		}
	}
	return th.Charts.Bar.Render(b.String())
}

// Progress draws how far something is, with the percentage: exactly width cells. A total of 0 is not known yet.
func Progress(th *theme.Theme, done, total float64, width int) string {
	if width <= 0 {
		return ""
	}
	total, done = amount(total), amount(done)
	share, label := 0.0, "  –"
	if total > 0 {
		share = math.Min(done/total, 1)
		label = fmt.Sprintf("%3d%%", int(share*100)) // 100 % only when all is done
	}
	const least = 4
	if width < least+len(label)+1 {
		if width <= len(label) {
			return th.Strong.Render(text.Fit(strings.TrimSpace(label), width))
		}
		return line(th.Charts.Bar, th.Charts.Track, share, width)
	}
	label = text.FitRight(label, 4)
	return line(th.Charts.Bar, th.Charts.Track, share, width-5) + " " + th.Strong.Render(label)
}
