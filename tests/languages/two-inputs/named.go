// Gives each flight the name of its airline: the first input has the airlines, the second the flights.
package main

import (
	"bubbles"
	"bubbles/transform"
)

type Airline struct {
	Carrier string `json:"carrier"`
	Name    string `json:"name"`
}

type Flight struct {
	Carrier string `json:"carrier"`
	Flight  int64  `json:"flight"`
}

type Named struct {
	Flight  int64   `json:"flight"`
	Airline *string `json:"airline"`
}

type names map[string]*string

func init() {
	transform.Open("gives each flight the name of its airline", transform.About{},
		func(*struct{}, bubbles.Context) (transform.Task, error) { return names{}, nil })
}

func (n names) Process(input int, chunk []byte) error {
	if input == 0 {
		return bubbles.EachRow(chunk, func(airline *Airline) error {
			n[airline.Carrier] = &airline.Name
			return nil
		})
	}
	return bubbles.EachRow(chunk, func(flight *Flight) error {
		bubbles.EmitRow(&Named{flight.Flight, n[flight.Carrier]})
		return nil
	})
}

func (n names) Finish() error { return nil }

func main() {}
