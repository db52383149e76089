package chart

import (
	"strconv"
	"strings"

	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
)

// Bin is one column of a histogram.
type Bin struct {
	Label string
	Count int64
}

func (b Bin) count() int64 { return max(0, b.Count) }

// Histogram draws columns with eighths, the highest count above the axis and labels below it: at most height lines, none wider than
// width. Where there are more bins than room, neighbours are put together. One line of height is a sparkline with the highest count.
func Histogram(th *theme.Theme, bins []Bin, width, height int) []string {
	if width <= 0 || height <= 0 || len(bins) == 0 {
		return nil
	}
	most := int64(0)
	for _, b := range bins {
		most = max(most, b.count())
	}
	axis := text.Width(strconv.FormatInt(most, 10)) + 1
	if width-axis < 4 {
		axis = 0
	}
	bins = gathered(bins, width-axis)
	most = 0
	for _, b := range bins {
		most = max(most, b.count())
	}
	if axis > 0 {
		if axis = text.Width(strconv.FormatInt(most, 10)) + 1; width-axis < len(bins) {
			axis = 0
		}
	}
	column := min(8, (width-axis)/len(bins))
	rows := height
	labels := height >= 3
	if labels {
		rows = height - 1
	}
	var out []string
	for row := rows - 1; row >= 0; row-- {
		lead := ""
		if axis > 0 {
			switch row {
			case rows - 1:
				lead = strconv.FormatInt(most, 10)
			case 0:
				lead = "0"
			}
			lead = th.Charts.Axis.Render(text.FitRight(lead, axis-1) + "│")
		}
		out = append(out, lead+th.Charts.Bar.Render(strings.TrimRight(slice(bins, most, row, rows, column), " ")))
	}
	if labels {
		out = append(out, strings.Repeat(" ", axis)+th.Charts.Axis.Render(under(bins, column)))
	}
	return out
}

// gathered puts neighbours together until there are at most n bins.
func gathered(bins []Bin, n int) []Bin {
	n = max(1, n)
	if len(bins) <= n {
		return bins
	}
	per := (len(bins) + n - 1) / n
	var out []Bin
	for i := 0; i < len(bins); i += per {
		b := Bin{Label: bins[i].Label}
		for _, other := range bins[i:min(len(bins), i+per)] {
			b.Count = add(b.count(), other.count())
		}
		out = append(out, b)
	}
	return out
}

// add does not run over.
func add(a, b int64) int64 {
	if a+b < a {
		return 1<<63 - 1
	}
	return a + b
}

// slice is one row of all columns; rows count from below.
func slice(bins []Bin, most int64, row, rows, column int) string {
	var b strings.Builder
	for _, bin := range bins {
		eighths := 0
		if most > 0 {
			eighths = int(float64(bin.count()) / float64(most) * float64(rows) * 8)
			if eighths == 0 && bin.count() > 0 {
				eighths = 1
			}
		}
		glyph := " "
		if here := eighths - row*8; here >= 8 {
			glyph = "█"
		} else if here > 0 {
			glyph = string([]rune("▁▂▃▄▅▆▇")[here-1])
		}
		gap := 0
		if column > 2 {
			gap = 1
		}
		b.WriteString(strings.Repeat(glyph, column-gap) + strings.Repeat(" ", gap))
	}
	return b.String()
}

// under is the line of labels: as many as have room, each below its column.
func under(bins []Bin, column int) string {
	total := column * len(bins)
	out, used := "", 0
	for i, b := range bins {
		at := i * column
		if at < used {
			continue
		}
		label := text.Clip(b.Label, max(column-1, 8))
		w := text.Width(label)
		if at+w > total {
			if label = text.Clip(b.Label, total-at); label == "…" {
				break
			}
			w = text.Width(label)
		}
		if label == "" {
			continue
		}
		out += strings.Repeat(" ", at-text.Width(out)) + label
		used = at + w + 1
	}
	return out
}
