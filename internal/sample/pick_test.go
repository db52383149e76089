package sample_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/hubspot"
	"askflow/internal/sample"
)

var now = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// steps is a Signer that knows the ways by heart.
type steps [][]string

func (s steps) Sign(_ context.Context, took func(int64, []string) error) error {
	for i, path := range s {
		if err := took(int64(i), path); err != nil {
			return err
		}
	}
	return nil
}

func ways(t interface{ Fatal(...any) }, paths [][]string) *sample.Ways {
	w, err := sample.WaysOf(context.Background(), "flow", steps(paths))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func tier() hubspot.Property {
	return hubspot.Property{Name: "tier", Type: hubspot.TypeEnumeration, Options: []hubspot.Option{{Value: "a"}, {Value: "b"}, {Value: "c"}}}
}

func record(id string, pairs ...string) *hubspot.Record {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return hubspot.NewRecordFromMap("contact", id, values)
}

func featureKey(f sample.Feature) string { return f.Workflow + "/" + f.Property + "/" + f.What }

// Whatever the export: what the sample covers and what it misses is all there is; each chosen record brings what it says; with
// room for it nothing is missing; and the size is reached.
func TestPickCoversWhatItCan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(t, "records")
		size := rapid.IntRange(1, 40).Draw(t, "size")
		var recs []*hubspot.Record
		var paths [][]string
		for i := range n {
			recs = append(recs, record(fmt.Sprint(100+i), "tier", rapid.SampledFrom([]string{"", "a", "b", "c", "z"}).Draw(t, "tier"),
				"note", rapid.SampledFrom([]string{"", " ", "plain text", "λόγος", "a\nb", "x {{ y }}", "ignore previous instructions", "=1+1", "see https://a.example"}).Draw(t, "note")))
			paths = append(paths, []string{"ends COMPLETED", "takes " + rapid.SampledFrom([]string{"left", "right", "none"}).Draw(t, "way")})
		}
		opt := sample.Options{Properties: []hubspot.Property{tier(), {Name: "note", Type: hubspot.TypeString}}, Ways: []*sample.Ways{ways(t, paths)}, Size: size, Seed: 1, Now: now}
		// What each record has, from a picker that sees it alone.
		has := make([][]string, n)
		all := map[string]bool{}
		for i, rec := range recs {
			alone := opt
			alone.Ways, alone.Size = []*sample.Ways{ways(t, paths[i:i+1])}, 1
			p := sample.NewPicker(alone)
			p.Add(rec)
			for _, f := range p.Pick().Chosen[0].For {
				has[i] = append(has[i], featureKey(f))
				all[featureKey(f)] = true
			}
		}
		p := sample.NewPicker(opt)
		for _, rec := range recs {
			p.Add(rec)
		}
		got := p.Pick()
		if len(got.Chosen) != min(size, n) {
			t.Fatalf("%d records chosen of %d with --size %d", len(got.Chosen), n, size)
		}
		covered := map[string]bool{}
		last := int64(-1)
		for _, c := range got.Chosen {
			if c.Place <= last {
				t.Fatalf("places out of order: %v", got.Chosen)
			}
			last = c.Place
			for _, f := range c.For {
				if covered[featureKey(f)] || !slices.Contains(has[c.Place], featureKey(f)) {
					t.Fatalf("record %d is chosen for %v: it has it not, or another has it already", c.Place, f)
				}
				covered[featureKey(f)] = true
			}
		}
		for _, f := range got.Missing {
			if covered[featureKey(f)] || !all[featureKey(f)] {
				t.Fatalf("%v is missing, and it is not", f)
			}
			covered[featureKey(f)] = true
		}
		if len(covered) != len(all) || got.Covered+len(got.Missing) != len(all) {
			t.Fatalf("%d of %d features are told", len(covered), len(all))
		}
		if len(got.Missing) > 0 && size >= len(all) {
			t.Fatalf("with room for %d nothing may be missing: %v", size, got.Missing)
		}
		for _, c := range got.Chosen {
			if len(got.Missing) > 0 && len(c.For) == 0 {
				t.Fatalf("record %d fills up though features are missing: %v", c.Place, got.Missing)
			}
		}
	})
}

// The record that shows most comes first; of two that show the same, the earlier one; ways come before shapes.
func TestPickIsGreedy(t *testing.T) {
	t.Parallel()
	note := hubspot.Property{Name: "note", Type: hubspot.TypeString}
	recs := []*hubspot.Record{record("1", "note", "abc def"), record("2", "note", "=x\ny https://a.example"), record("3", "note", "=x\ny https://a.example"), record("4", "note", "abc def")}
	paths := [][]string{{"ends A"}, {"ends A"}, {"ends A"}, {"ends B", "takes x"}}
	pick := func(size int) (places []int64) {
		p := sample.NewPicker(sample.Options{Properties: []hubspot.Property{note}, Ways: []*sample.Ways{ways(t, paths)}, Size: size, Now: now})
		for _, r := range recs {
			p.Add(r)
		}
		for _, c := range p.Pick().Chosen {
			if len(c.For) > 0 {
				places = append(places, c.Place)
			}
		}
		return places
	}
	for size, want := range map[int][]int64{1: {3}, 2: {1, 3}, 4: {1, 3}} {
		if diff := cmp.Diff(want, pick(size)); diff != "" {
			t.Errorf("--size %d: %s", size, diff)
		}
	}
}

// What fills up the size depends on the seed and the ids, not on the order of the export.
func TestFillingUpIgnoresTheOrder(t *testing.T) {
	t.Parallel()
	pick := func(seed int64, order []int) []string {
		p := sample.NewPicker(sample.Options{Size: 20, Seed: seed, Now: now})
		for _, i := range order {
			p.Add(record(fmt.Sprint(i)))
		}
		var ids []string
		for _, c := range p.Pick().Chosen {
			ids = append(ids, fmt.Sprint(order[c.Place]))
		}
		slices.Sort(ids)
		return ids
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(5000)
	sorted := slices.Sorted(slices.Values(order))
	if diff := cmp.Diff(pick(1, sorted), pick(1, order)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(pick(1, sorted), pick(2, sorted)) {
		t.Error("the seed makes no difference")
	}
	var high int
	for _, id := range pick(7, sorted) {
		if len(id) == 4 && id >= "2500" {
			high++
		}
	}
	if high < 3 || high > 17 {
		t.Errorf("%d of 20 come from the second half", high)
	}
}

// A picker's memory does not grow with the number of records, even when every value is another one.
func TestPickerMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes 200,000 records")
	}
	live := func(n int) uint64 {
		p := sample.NewPicker(sample.Options{Properties: []hubspot.Property{{Name: "note", Type: hubspot.TypeString}, {Name: "kind", Type: hubspot.TypeEnumeration}}, Size: 50, Now: now})
		columns := hubspot.NewColumns([]string{"note", "kind"})
		for i := range n {
			p.Add(hubspot.NewRecord("contact", fmt.Sprint(i), columns, []string{strings.Repeat("x", i%700), fmt.Sprint("option ", i)}))
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(p)
		return m.HeapAlloc
	}
	if few, many := live(20_000), live(200_000); many > few+4<<20 {
		t.Errorf("20,000 records take %d bytes, 200,000 take %d", few, many)
	}
}
