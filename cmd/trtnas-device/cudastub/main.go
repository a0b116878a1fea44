// Command cudastub prints C code of a library that has the names of CUDA's
// driver, libcuda.so.1, from the cuda.h files that are its arguments. With it a
// program can be linked where there is no driver; each function answers
// CUDA_ERROR_STUB_LIBRARY, as NVIDIA's own stub does.
//
//	go run ./cmd/trtnas-device/cudastub include/cuda.h > cuda.c
//	cc -shared -fPIC -Wl,-soname,libcuda.so.1 -o libcuda.so cuda.c
package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cudastub:", err)
		os.Exit(1)
	}
}

func run(headers []string, to io.Writer) error {
	if len(headers) == 0 {
		return fmt.Errorf("give the path of a cuda.h, or several")
	}
	all := map[string]bool{}
	for _, path := range headers {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range names(string(text)) {
			all[name] = true
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("%v: no functions of CUDA's driver in it", headers)
	}
	out := bufio.NewWriter(to)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(out, "int %s(void) { return 34; }\n", name)
	}
	return out.Flush()
}

var (
	declared = regexp.MustCompile(`CUDAAPI\s+(cu[A-Z]\w*)\s*\(`)
	// A name may stand for a later version of the function, plainly or by a
	// macro that chooses the default stream.
	renamed = regexp.MustCompile(`(?m)^\s*#\s*define\s+cu[A-Z]\w*\s+(?:__CUDA_API_PT[DS][SZ]\(\s*)?(cu[A-Z]\w*)\s*\)?\s*$`)
)

// names are the functions of a cuda.h, under all names that it knows.
func names(header string) []string {
	var all []string
	for _, pattern := range []*regexp.Regexp{declared, renamed} {
		for _, match := range pattern.FindAllStringSubmatch(header, -1) {
			all = append(all, match[1])
		}
	}
	return all
}
