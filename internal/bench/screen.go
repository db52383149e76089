package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// screenLine is a benchmark of the screen: how often it is made, and the metrics that are told, in their order.
type screenLine struct {
	name, rounds string
	metrics      []string
}

func screenLines() []screenLine {
	return []screenLine{
		{"FirstPaint", "10x", []string{"first-p50-ms", "first-max-ms", "list-p50-ms"}},
		{"Keys", "1x", []string{"key-p50-ms", "key-p99-ms", "key-max-ms", "key-cpu-p99-ms", "idle-p50-ms", "idle-p99-ms", "key-cpu-p99-ratio"}},
		{"Terminal", "3x", []string{"answer-p50-ms", "answer-p99-ms", "before-records-MB", "peak-MB"}},
		{"Repaint", "1x", []string{"frames/s", "enrollments/s", "key-p50-ms", "key-p99-ms"}},
	}
}

// screen measures the screen over stores of 1,000 runs: its benchmarks are in internal/tui, since only tests may drive it.
func screen(ctx context.Context) error {
	fmt.Printf("\nThe screen over 1,000 runs with 100,000 and 1,000,000 steps\n")
	for _, line := range screenLines() {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^Benchmark"+line.name+"$", "-benchtime", line.rounds, "./internal/tui")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%w\n%s", err, out.String())
		}
		printMetrics(&out, line.metrics)
	}
	return nil
}

// printMetrics prints the chosen metrics of a benchmark's output, a line for each result.
func printMetrics(out *bytes.Buffer, metrics []string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		values := map[string]string{}
		for i := 2; i+1 < len(words); i += 2 { // the name, how often, then values and their units
			values[words[i+1]] = words[i]
		}
		var told []string
		for _, m := range metrics {
			if v, ok := values[m]; ok {
				told = append(told, m+" "+v)
			}
		}
		fmt.Printf("  %-30s %s\n", strings.TrimPrefix(words[0], "Benchmark"), strings.Join(told, "   "))
	}
}
