package run_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/run"
)

// bounds are the upper bounds of all buckets, the open one last.
func bounds() []int64 {
	var list []int64
	for scale := int64(1); scale <= 1_000_000; scale *= 10 {
		list = append(list, scale, 2*scale, 5*scale)
	}
	return append(list, math.MaxInt64)
}

func histogramOf(values ...int64) (h run.Histogram) {
	for _, v := range values {
		h.Add(v)
	}
	return h
}

func TestHistogramJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []int64
		want   string
	}{
		{nil, `{}`},
		{[]int64{0}, `{"h":[{"upTo":1,"asks":1}]}`},
		{[]int64{-5, 1, 2, 3, 5, 6, 5_000_000}, `{"h":[{"upTo":1,"asks":2},{"upTo":2,"asks":1},{"upTo":5,"asks":2},{"upTo":10,"asks":1},{"upTo":5000000,"asks":1}]}`},
		{[]int64{5_000_001, math.MaxInt64}, `{"h":[{"over":5000000,"asks":2}]}`},
	} {
		type holder struct {
			H run.Histogram `json:"h,omitzero"`
		}
		want := holder{histogramOf(c.values...)}
		text, err := json.Marshal(want)
		if err != nil || string(text) != c.want {
			t.Errorf("%d are %s, %v; want %s", c.values, text, err, c.want)
		}
		var got holder
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Errorf("%s reads as %v, %v", text, got, err)
		}
	}
}

func TestHistogramReadsOtherBounds(t *testing.T) {
	t.Parallel()
	var got run.Histogram
	if err := json.Unmarshal([]byte(`[{"upTo":3,"asks":4},{"upTo":150,"asks":1,"new":7},{"over":3000000,"asks":2},{"upTo":9000000000,"asks":1}]`), &got); err != nil {
		t.Fatal(err)
	}
	want := histogramOf(5, 5, 5, 5, 200, 5_000_000, 5_000_000, 9_000_000_000)
	if got != want {
		t.Errorf("reads as %v, want %v", got, want)
	}
	for _, bad := range []string{`[{"upTo":1,"asks":-1}]`, `{"upTo":1}`, `"x"`, `[1]`, `[{"upTo":"1"}]`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestHistogramCounts(t *testing.T) {
	t.Parallel()
	values := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 12), rapid.Int64Range(0, 6_000_000), rapid.SampledFrom(bounds()), rapid.Int64()), 1, 50)
	rapid.Check(t, func(t *rapid.T) {
		a, b := values.Draw(t, "a"), values.Draw(t, "b")
		sum, second := histogramOf(a...), histogramOf(b...)
		sum.Merge(&second)
		if want := histogramOf(append(slices.Clone(a), b...)...); sum != want || sum.Len() != int64(len(a)+len(b)) {
			t.Fatalf("merged to %v, want %v", sum, want)
		}
		sum.Subtract(&second)
		if want := histogramOf(a...); !sum.Equal(want) {
			t.Fatalf("subtracted to %v, want %v", sum, want)
		}
		sum.Subtract(&second)
		sum.Subtract(&second)
		for bucket := range sum.Each() {
			if bucket.Asks < 0 {
				t.Fatalf("a count of %d", bucket.Asks)
			}
		}
		slices.Sort(a)
		h := histogramOf(a...)
		p := rapid.Float64Range(-0.5, 1.5).Draw(t, "p")
		rank := int(math.Ceil(min(max(p, 0), 1) * float64(len(a))))
		value := a[max(rank, 1)-1]
		i, _ := slices.BinarySearch(bounds(), value)
		if got := h.Quantile(p); got != bounds()[i] {
			t.Fatalf("the part %v of %d is up to %d, want %d", p, a, got, bounds()[i])
		}
		total := int64(0)
		for bucket := range h.Each() {
			n := int64(0)
			for _, v := range a {
				if v <= bucket.UpTo && (v > bucket.Over || bucket.Over == 0) {
					n++
				}
			}
			if total += bucket.Asks; bucket.Asks != n || bucket.Open() != (bucket.UpTo == math.MaxInt64) {
				t.Fatalf("the bucket %+v of %d has %d", bucket, a, n)
			}
		}
		if total != h.Len() {
			t.Fatalf("buckets hold %d of %d asks", total, h.Len())
		}
	})
}

func TestHistogramEach(t *testing.T) {
	t.Parallel()
	h := histogramOf(3, 40)
	var got []run.HistogramBucket
	for b := range h.Each() {
		got = append(got, b)
	}
	want := []run.HistogramBucket{{Over: 2, UpTo: 5, Asks: 1}, {Over: 5, UpTo: 10}, {Over: 10, UpTo: 20}, {Over: 20, UpTo: 50, Asks: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	empty := run.Histogram{}
	for b := range empty.Each() {
		t.Errorf("an empty histogram has the bucket %+v", b)
	}
	if !empty.IsZero() || empty.Quantile(0.5) != 0 || h.Quantile(math.NaN()) != 5 {
		t.Error("nothing is not nothing")
	}
}

// TestTotalsOfAnOlderVersion: without the members for charts they read as before, and are written as before.
func TestTotalsOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	const old = `{"considered":1,"enrollments":{},"steps":2,"failedSteps":0,"skippedSteps":0,"asks":1,"attempts":1,"retries":0,"failedAsks":0,"noAnswer":0,` +
		`"inputTokens":5,"cachedTokens":0,"outputTokens":1,"reasoningTokens":0,"costUsd":"0.1","effects":{}}`
	var totals run.Totals
	if err := json.Unmarshal([]byte(old), &totals); err != nil {
		t.Fatal(err)
	}
	if totals.Models != nil || !totals.Latency.IsZero() || !totals.Tokens.IsZero() {
		t.Errorf("they read as %+v", totals)
	}
	text, err := json.Marshal(&totals)
	if err != nil || strings.TrimSpace(string(text)) != old {
		t.Errorf("they are written as %s, %v", text, err)
	}
}

func BenchmarkHistogramAdd(b *testing.B) {
	var h run.Histogram
	value := int64(0)
	for b.Loop() {
		value = (value*31 + 17) % 100_000
		h.Add(value)
	}
}
