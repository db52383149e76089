package testreport

import (
	"math"
	"strconv"

	"askflow/internal/report"
)

// htmlNumber writes a coordinate with at most two decimals.
func htmlNumber(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// htmlAxis maps values to a range of the picture.
type htmlAxis struct {
	from, to   float64 // values
	start, end float64 // coordinates
	log        bool
	ticks      []float64
}

// at is the coordinate of a value; values outside lie on the edge.
func (a *htmlAxis) at(v float64) float64 {
	from, to := a.from, a.to
	if a.log {
		v, from, to = math.Log(max(v, from)), math.Log(from), math.Log(to)
	}
	if to <= from {
		return a.start
	}
	return a.start + (a.end-a.start)*min(max((v-from)/(to-from), 0), 1)
}

// newHTMLAxis starts at from, or zero, and ends at a round number not below most, with about five ticks.
func newHTMLAxis(from, most, start, end float64) *htmlAxis {
	if !(most > from) {
		most = from + 1
	}
	step := htmlStep((most - from) / 5)
	a := &htmlAxis{from: math.Floor(from/step+1e-9) * step, start: start, end: end}
	a.to = math.Ceil(most/step-1e-9) * step
	for i := 0; i <= 12; i++ {
		v := a.from + float64(i)*step
		if v > a.to+step/2 {
			break
		}
		a.ticks = append(a.ticks, v)
	}
	return a
}

// newHTMLLogAxis spans the decades of values above 0, with ticks at 1, 2 and 5.
func newHTMLLogAxis(least, most, start, end float64) *htmlAxis {
	a := &htmlAxis{start: start, end: end, log: true}
	bound := func(exponent, i int) float64 { return [...]float64{1, 2, 5}[i] * math.Pow10(exponent) }
	for exponent := int(math.Floor(math.Log10(least))); exponent <= 18; exponent++ {
		for i := range 3 {
			v := bound(exponent, i)
			switch {
			case v <= least:
				a.ticks = []float64{v}
			default:
				a.ticks = append(a.ticks, v)
			}
			if v >= most && len(a.ticks) > 1 {
				return a.thinned()
			}
		}
	}
	return a.thinned()
}

// thinned keeps at most about seven ticks, the ends among them.
func (a *htmlAxis) thinned() *htmlAxis {
	a.from, a.to = a.ticks[0], a.ticks[len(a.ticks)-1]
	for every := 2; len(a.ticks) > 7; every++ {
		var kept []float64
		for i, v := range a.ticks {
			if i%every == 0 {
				kept = append(kept, v)
			}
		}
		a.ticks = kept
	}
	return a
}

// htmlStep is the next of 1, 2, 2.5 and 5 times a power of ten.
func htmlStep(rough float64) float64 {
	if !(rough > 0) || math.IsInf(rough, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if rough <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// htmlTickMoney writes the amount at a tick; all ticks of an axis have as many decimals.
func htmlTickMoney(v, step float64) string {
	if v == 0 {
		return "$0"
	}
	if step >= 1 {
		return "$" + report.Number(int64(math.Round(v)))
	}
	decimals := int(math.Ceil(-math.Log10(step) - 1e-9))
	if scaled := step * math.Pow10(decimals); math.Abs(scaled-math.Round(scaled)) > 1e-6 {
		decimals++
	}
	return "$" + strconv.FormatFloat(v, 'f', min(decimals, 12), 64)
}

// htmlTickMs writes the milliseconds at a tick.
func htmlTickMs(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 1000:
		return strconv.FormatFloat(v, 'f', -1, 64) + " ms"
	case v < 60_000:
		return strconv.FormatFloat(v/1000, 'f', -1, 64) + " s"
	}
	return strconv.FormatFloat(math.Round(v/6000)/10, 'f', -1, 64) + " min"
}
