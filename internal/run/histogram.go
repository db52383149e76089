package run

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"sort"
)

// Histogram counts asks by a value (milliseconds, tokens) in fixed buckets: up to 1, 2, 5, 10, 20, 50, … 5,000,000, and over
// that. The zero value is empty. Values compare with ==, and copying one copies its counts.
type Histogram struct {
	counts [histogramBounds + 1]int64
}

// histogramBounds is how many buckets have an upper bound.
const histogramBounds = 21

// histogramBound is the upper bound, included, of a bucket; math.MaxInt64 of the last one, which is open.
func histogramBound(i int) int64 {
	if i >= histogramBounds {
		return math.MaxInt64
	}
	bound := [3]int64{1, 2, 5}[i%3]
	for range i / 3 {
		bound *= 10
	}
	return bound
}

// histogramBucket is the bucket of a value; what is below 1 is in the first.
func histogramBucket(value int64) int {
	i := 0
	for scale := int64(1); i < histogramBounds; i, scale = i+3, scale*10 {
		switch {
		case value <= scale:
			return i
		case value <= 2*scale:
			return i + 1
		case value <= 5*scale:
			return i + 2
		}
	}
	return histogramBounds
}

// Add counts one ask with this value; negative values count as 0.
func (h *Histogram) Add(value int64) { h.counts[histogramBucket(value)]++ }

// Merge adds the counts of other.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
}

// Subtract takes the counts of other away; no count goes below 0.
func (h *Histogram) Subtract(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] = max(0, h.counts[i]-n)
	}
}

// Len is how many asks were counted.
func (h *Histogram) Len() int64 {
	sum := int64(0)
	for _, n := range h.counts {
		sum += n
	}
	return sum
}

// IsZero tells whether nothing was counted; such a histogram is left out of JSON.
func (h Histogram) IsZero() bool { return h == Histogram{} }

// Equal tells whether both hold the same counts.
func (h Histogram) Equal(other Histogram) bool { return h == other }

// HistogramBucket is one bucket of a histogram.
type HistogramBucket struct {
	// Over is the bound that values are above; 0 for the first bucket, which holds 0 as well.
	Over int64
	// UpTo is the bound that values are at most; math.MaxInt64 in the last bucket, which is open.
	UpTo int64
	Asks int64
}

// Open tells whether the bucket has no upper bound.
func (b HistogramBucket) Open() bool { return b.UpTo == math.MaxInt64 }

// Each gives the buckets from the first to the last one that is not empty, empty ones between them included, as a chart draws them.
func (h *Histogram) Each() iter.Seq[HistogramBucket] {
	first, last := 0, len(h.counts)-1
	for first <= last && h.counts[first] == 0 {
		first++
	}
	for last >= first && h.counts[last] == 0 {
		last--
	}
	return func(yield func(HistogramBucket) bool) {
		for i := first; i <= last; i++ {
			b := HistogramBucket{UpTo: histogramBound(i), Asks: h.counts[i]}
			if i > 0 {
				b.Over = histogramBound(i - 1)
			}
			if !yield(b) {
				return
			}
		}
	}
}

// Quantile is an upper bound of the value that a part p (0 to 1) of the asks do not exceed: the upper bound of the bucket it
// lies in, at most 2.5 times the value itself. Of an open bucket it is math.MaxInt64, of no asks 0.
func (h *Histogram) Quantile(p float64) int64 {
	total := h.Len()
	if total == 0 {
		return 0
	}
	if math.IsNaN(p) {
		p = 0
	}
	rank := int64(math.Ceil(min(max(p, 0), 1) * float64(total)))
	rank = min(max(rank, 1), total)
	for i, n := range h.counts {
		if rank -= n; rank <= 0 {
			return histogramBound(i)
		}
	}
	return math.MaxInt64
}

// histogramEntry is a bucket in JSON.
type histogramEntry struct {
	UpTo int64 `json:"upTo,omitempty"`
	Over int64 `json:"over,omitempty"`
	Asks int64 `json:"asks"`
}

// MarshalJSON writes the buckets that are not empty: [{"upTo":500,"asks":3},{"over":5000000,"asks":1}].
func (h Histogram) MarshalJSON() ([]byte, error) {
	list := make([]histogramEntry, 0, 8)
	for i, n := range h.counts {
		switch {
		case n == 0:
		case i == histogramBounds:
			list = append(list, histogramEntry{Over: histogramBound(i - 1), Asks: n})
		default:
			list = append(list, histogramEntry{UpTo: histogramBound(i), Asks: n})
		}
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads what MarshalJSON writes. A bound that is none of ours counts in the bucket it falls into, so that
// another version's buckets can be read.
func (h *Histogram) UnmarshalJSON(data []byte) error {
	var list []histogramEntry
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("a histogram is a list of upTo, over and asks: %w", err)
	}
	*h = Histogram{}
	for _, e := range list {
		if e.Asks < 0 {
			return fmt.Errorf("a histogram counts %d asks up to %d; counts are not negative", e.Asks, e.UpTo)
		}
		i := histogramBucket(e.UpTo)
		if e.UpTo == 0 && e.Over > 0 {
			i = sort.Search(histogramBounds, func(i int) bool { return histogramBound(i) > e.Over })
		}
		h.counts[i] += e.Asks
	}
	return nil
}

// ModelTotals add up the asks of one model.
type ModelTotals struct {
	Asks            int64  `json:"asks"`
	FailedAsks      int64  `json:"failedAsks"`
	InputTokens     int64  `json:"inputTokens"`
	CachedTokens    int64  `json:"cachedTokens"`
	OutputTokens    int64  `json:"outputTokens"`
	ReasoningTokens int64  `json:"reasoningTokens"`
	CostUSD         string `json:"costUsd"` // exact decimal; what asks of an unknown price cost is not in it
}
