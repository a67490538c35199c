// A collector of traces in a test: what programs export by OTLP, kept as it came.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_COLLECTOR_H_
#define FIRSTFLOOR_TESTS_SUPPORT_COLLECTOR_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace firstfloor::testing {

struct CollectedSpan {
  std::string service;  // the program's name
  std::string name;
  std::string trace_id, span_id, parent_id;       // in hexadecimal digits; parent_id "" for a trace's first
  std::map<std::string, std::string> attributes;  // text, or a number in digits
};

class Collector {
 public:
  // Listens on a port of the loopback.
  Collector();
  ~Collector();

  // For --otlp_endpoint.
  std::string endpoint() const;
  // Everything that has come so far.
  std::vector<CollectedSpan> spans() const;
  // The same, of one trace.
  std::vector<CollectedSpan> Trace(const std::string& trace_id) const;
  // The messages themselves, one after the other, for those who look for what must not be in them.
  std::string received() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_COLLECTOR_H_
