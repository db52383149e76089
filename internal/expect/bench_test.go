package expect_test

import (
	"context"
	"strings"
	"testing"

	"askflow/internal/expect"
)

// Checks that hold cost no memory.
func TestNoAllocations(t *testing.T) {
	ctx := context.Background()
	numbers := expect.Domain{Kind: expect.KindNumber}
	for _, c := range []struct {
		yaml   string
		domain expect.Domain
		value  *expect.Value
	}{
		{`CA`, anyText, text("CA")},
		{`{one_of: [NY, TX, CA]}`, anyText, text("CA")},
		{`{one_of: [a, b, c, d, e, f, g, h, i, CA]}`, anyText, text("CA")},
		{`{max: 0.001}`, numbers, number(0.0009, "0.0009")},
		{`{contains: [C, A]}`, anyText, text("CA")},
		{`{length: 2}`, anyText, text("CA")},
		{`{matches: "^[A-Z]{2}$"}`, anyText, text("CA")},
		{`true`, expect.Domain{Kind: expect.KindBool}, truth(true)},
	} {
		checks := good(t, c.yaml, c.domain)
		if n := testing.AllocsPerRun(100, func() {
			if checks[0].Test(ctx, c.value, nil) != nil {
				t.Error(c.yaml)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", c.yaml, n)
		}
	}
}

func benchmark(b *testing.B, yaml string, d expect.Domain, v *expect.Value) {
	checks := good(b, yaml, d)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if checks[0].Test(ctx, v, nil) != nil {
			b.Fatal("it does not hold")
		}
	}
}

func BenchmarkEquals(b *testing.B) { benchmark(b, `CA`, anyText, text("CA")) }

func BenchmarkOneOf(b *testing.B) {
	benchmark(b, `{one_of: [a, b, c, d, e, f, g, h, i, j, CA]}`, anyText, text("CA"))
}

func BenchmarkMax(b *testing.B) {
	benchmark(b, `{max: 0.001}`, expect.Domain{Kind: expect.KindNumber}, number(0.0009, "0.0009"))
}

func BenchmarkJSON(b *testing.B) {
	benchmark(b, `{json: {grade: A, score: {min: 3}}}`, anyText, text(`{"grade":"A","score":4,"tags":["a","b"]}`))
}

func BenchmarkJSONSchema(b *testing.B) {
	benchmark(b, `{json_schema: schemas/grade.json}`, anyText, text(`{"grade":"A","score":4}`))
}

// 20,000 characters, every tenth of them changed.
func BenchmarkSimilarLong(b *testing.B) {
	to := strings.Repeat("abcdefghij", 2000)
	checks, v := similarTo(to, "0.8"), text(strings.Repeat("abcdXfghij", 2000))
	b.ReportAllocs()
	for b.Loop() {
		if mismatch(checks, v, nil) != nil {
			b.Fatal("it does not hold")
		}
	}
}

// 20,000 characters that have nothing in common.
func BenchmarkSimilarLongFails(b *testing.B) {
	checks, v := similarTo(strings.Repeat("abcdefghij", 2000), "0.8"), text(strings.Repeat("klmnopqrst", 2000))
	b.ReportAllocs()
	for b.Loop() {
		if mismatch(checks, v, nil) == nil {
			b.Fatal("it holds")
		}
	}
}

// The nearest passage of a long answer is looked for when contains fails.
func BenchmarkContainsFails(b *testing.B) {
	checks := good(b, `{contains: "a sentence that is nearly there"}`, anyText)
	v := text(strings.Repeat("some other words stand here ", 700) + "a sentence that was nearly there")
	b.ReportAllocs()
	for b.Loop() {
		if mismatch(checks, v, nil) == nil {
			b.Fatal("it holds")
		}
	}
}
