#include "wire/uri.h"

#include <algorithm>

#include "core/text/hex.h"

namespace ml::wire {
namespace fs = std::filesystem;
namespace {

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~' || c == '/';
}

}  // namespace

std::string_view scheme_of_uri(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  return colon == uri.npos ? std::string_view() : uri.substr(0, colon);
}

std::optional<fs::path> path_of_uri(std::string_view uri) {
  std::string scheme(scheme_of_uri(uri));
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (scheme != "file") return std::nullopt;
  uri.remove_prefix(5);
  std::string authority;
  if (uri.starts_with("//")) {
    uri.remove_prefix(2);
    const std::size_t slash = std::min(uri.find('/'), uri.size());
    authority = decoded(uri.substr(0, slash));
    uri.remove_prefix(slash);
  }
  uri = uri.substr(0, uri.find_first_of("?#"));
  std::string path = decoded(uri);
  if (!authority.empty() && authority != "localhost") path = "//" + authority + path;
  if (path.empty() || path.find('\0') != path.npos) return std::nullopt;
  return fs::path(path);
}

std::string uri_of_path(const fs::path& path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "file://";
  for (const char c : path.string()) {
    if (is_plain(c)) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
    }
  }
  return out;
}

}  // namespace ml::wire
