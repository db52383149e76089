package prompttest_test

import (
	"testing"

	"askflow/internal/prompttest"
)

func TestParseShare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		most float64
		want float64
		err  string
	}{
		{"0.95", 1, 0.95, ""}, {"95%", 1, 0.95, ""}, {" 95 % ", 1, 0.95, ""}, {"1", 1, 1, ""}, {"100%", 1, 1, ""}, {"1e-3", 1, 0.001, ""},
		{"90", 100, 90, ""}, {"90%", 100, 90, ""}, {"0.5", 100, 0.5, ""},
		{"0", 1, 0, `"0" is not above 0`}, {"0%", 1, 0, `"0%" is not above 0`}, {"-1", 1, 0, `"-1" is not above 0`}, {"1e-400", 1, 0, `"1e-400" is not above 0`},
		{"4e-324%", 1, 0, `"4e-324%" is not above 0`},
		{"95", 1, 0, `"95" is more than 1`}, {"101%", 100, 0, `"101%" is more than 100`}, {"inf", 1, 0, `"inf" is more than 1`}, {"1e999", 1, 0, `"1e999" is not a number or a percentage`},
		{"nan", 1, 0, `"nan" is not a number or a percentage`}, {"", 1, 0, `"" is not a number or a percentage`}, {"%", 1, 0, `"%" is not a number or a percentage`},
		{"0x1p-2", 1, 0, `"0x1p-2" is not a number or a percentage`}, {"95%%", 1, 0, `"95%%" is not a number or a percentage`},
	} {
		got, err := prompttest.ParseShare(tt.text, tt.most)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if got != tt.want || said != tt.err {
			t.Errorf("%q of %v: %v, %q", tt.text, tt.most, got, said)
		}
	}
	test := read(t, "workflow: w\nthreshold: 95%\neach: [{response: A}]\n")
	if test.Threshold == nil || *test.Threshold != 0.95 {
		t.Errorf("a threshold of 95%% is %v", test.Threshold)
	}
}
