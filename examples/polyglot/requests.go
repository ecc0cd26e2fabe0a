// Reads access logs of web servers, in the combined format with the time each request took at its end.
package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bubbles"
	"bubbles/extract"
	"bubbles/objects"
)

type Config struct {
	Path string `json:"path" grant:"read" doc:"the logs, such as logs/access-*.log"`
}

// Request is a line of the log.
type Request struct {
	Time    string  `json:"time"`
	Method  string  `json:"method"`
	URL     string  `json:"url"`
	Status  int64   `json:"status"`
	Bytes   int64   `json:"bytes"`
	Agent   string  `json:"agent"`
	Seconds float64 `json:"seconds"`
}

func init() {
	extract.Task("reads access logs of web servers", extract.About{}, plan, run)
}

// plan makes a split of every file.
func plan(config *Config, bookmark []byte) (*extract.Source, error) {
	found, err := objects.Find(config.Path)
	if err != nil {
		return nil, err
	}
	source := &extract.Source{}
	for _, object := range found {
		source.Splits = append(source.Splits, extract.Split{Payload: []byte(object.URL), Bytes: object.Size})
	}
	return source, nil
}

func run(config *Config, split extract.Split, context bubbles.Context) error {
	url := string(split.Payload)
	// Small files: larger ones are read piece by piece.
	text, err := objects.Read(url, 0, objects.ReadBytes)
	if err != nil {
		return err
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if request, err := parse(line); err != nil {
			bubbles.Reject([]byte(line), fmt.Sprintf("%s:%d: %v", url, number, err))
		} else {
			bubbles.EmitRow(request)
		}
	}
	return nil
}

var format = regexp.MustCompile(`^\S+ \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-) "[^"]*" "([^"]*)" ([\d.]+)$`)

func parse(line string) (*Request, error) {
	parts := format.FindStringSubmatch(line)
	if parts == nil {
		return nil, fmt.Errorf("this is no line of an access log")
	}
	request := &Request{Time: parts[1], Method: parts[2], URL: parts[3], Agent: parts[6]}
	request.Status, _ = strconv.ParseInt(parts[4], 10, 64)
	// A dash is no byte at all.
	request.Bytes, _ = strconv.ParseInt(parts[5], 10, 64)
	seconds, err := strconv.ParseFloat(parts[7], 64)
	request.Seconds = seconds
	return request, err
}

func main() {}
