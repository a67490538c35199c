#include "services/gateway/proxies.h"

// clang-format off
#include <utility>  // before Asio, which forgets it
// clang-format on
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace firstfloor::gateway {
namespace {

namespace ip = boost::asio::ip;

constexpr char kForwarded[] = "forwarded";
constexpr char kXForwardedFor[] = "x-forwarded-for";

// The address in `for="[2001:db8::1]:4711"`, or "" for "unknown" and hidden names.
std::string AddressIn(absl::string_view node) {
  absl::ConsumePrefix(&node, "\"");
  absl::ConsumeSuffix(&node, "\"");
  if (absl::ConsumePrefix(&node, "[")) {
    node = node.substr(0, node.find(']'));
  } else if (node.find(':') == node.rfind(':')) {
    node = node.substr(0, node.find(':'));
  }
  boost::system::error_code bad;
  const ip::address address = ip::make_address(std::string(node), bad);
  return bad ? "" : address.to_string();
}

// What every proxy says whom it was asked by, in order.
std::vector<std::string> ChainOf(absl::string_view header, absl::string_view text) {
  std::vector<std::string> chain;
  for (const absl::string_view element : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    if (header == kXForwardedFor) {
      chain.push_back(AddressIn(absl::StripAsciiWhitespace(element)));
      continue;
    }
    for (absl::string_view pair : absl::StrSplit(element, ';')) {
      pair = absl::StripAsciiWhitespace(pair);
      if (absl::StartsWithIgnoreCase(pair, "for=")) chain.push_back(AddressIn(pair.substr(4)));
    }
  }
  return chain;
}

}  // namespace

struct Proxies::Networks {
  std::vector<ip::network_v4> v4;
  std::vector<ip::network_v6> v6;
};

absl::StatusOr<Proxies> Proxies::Parse(absl::string_view text, absl::string_view header) {
  if (header != kForwarded && header != kXForwardedFor) {
    return absl::InvalidArgumentError(
        absl::StrCat(header, " is neither ", kForwarded, " nor ", kXForwardedFor));
  }
  auto networks = std::make_shared<Networks>();
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::string one(absl::StripAsciiWhitespace(part));
    const bool with_length = absl::StrContains(one, '/');
    boost::system::error_code bad_v4;
    boost::system::error_code bad_v6;
    const ip::network_v4 v4 = ip::make_network_v4(with_length ? one : one + "/32", bad_v4);
    const ip::network_v6 v6 = ip::make_network_v6(with_length ? one : one + "/128", bad_v6);
    if (!bad_v4) {
      networks->v4.push_back(v4.canonical());
    } else if (!bad_v6) {
      networks->v6.push_back(v6.canonical());
    } else {
      return absl::InvalidArgumentError(absl::StrCat(one, " is no network"));
    }
  }
  Proxies proxies;
  proxies.networks_ = std::move(networks);
  proxies.header_ = std::string(header);
  return proxies;
}

bool Proxies::Trusts(const std::string& text) const {
  boost::system::error_code bad;
  const ip::address address = ip::make_address(text, bad);
  if (bad) return false;
  for (const ip::network_v4& network : networks_->v4) {
    if (address.is_v4() && ip::network_v4(address.to_v4(), network.prefix_length()).canonical() == network)
      return true;
  }
  for (const ip::network_v6& network : networks_->v6) {
    if (address.is_v6() && ip::network_v6(address.to_v6(), network.prefix_length()).canonical() == network)
      return true;
  }
  return false;
}

std::string Proxies::ClientOf(const HttpRequest& request) const {
  std::string client = request.peer;
  if (!Trusts(client)) return client;
  std::vector<std::string> chain = ChainOf(header_, request.List(header_));
  while (!chain.empty() && Trusts(client)) {
    if (chain.back().empty()) break;
    client = chain.back();
    chain.pop_back();
  }
  return client;
}

}  // namespace firstfloor::gateway
