// Findings about calls of library functions.

#include "core/sema/checks/security.h"
#include "core/sema/checks/security_text.h"
#include "core/sema/library_roles.h"

namespace ml::sema {

using namespace ast;

namespace {

std::string_view literal(const Expr* e) {
  return e->kind == ExprKind::String ? as<StringExpr>(e).value : std::string_view{};
}

bool climbs(const Expr* e) {
  if (e->kind == ExprKind::Binary && as<BinaryExpr>(e).op == BinaryOp::Add)
    return climbs(as<BinaryExpr>(e).right) ||
           (as<BinaryExpr>(e).left->kind != ExprKind::Binary && climbs(as<BinaryExpr>(e).left));
  if (e->kind == ExprKind::Template) {
    for (const TemplatePart& part : as<TemplateExpr>(e).parts) {
      if (leaves_directory(part.text)) return true;
    }
  }
  return leaves_directory(literal(e));
}

const Expr* property(const Expr* object, std::string_view key) {
  if (object->kind != ExprKind::Object) return nullptr;
  for (const Property& p : as<ObjectExpr>(object).properties) {
    if (p.key.size() != key.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < key.size(); ++i) same = same && (p.key[i] | 0x20) == (key[i] | 0x20);
    if (same) return p.value;
  }
  return nullptr;
}

void check_request(const CallExpr& call, DiagSink& sink) {
  const Expr* url = call.arguments[0];
  if (const Expr* inner = property(url, "url")) url = inner;
  std::string_view address = literal(url);
  while (url->kind == ExprKind::Binary) url = as<BinaryExpr>(url).left, address = literal(url);
  if (url->kind == ExprKind::Template && !as<TemplateExpr>(url).parts.empty())
    address = as<TemplateExpr>(url).parts[0].text;
  if (!address.starts_with("http:")) return;
  for (const Expr* argument : call.arguments) {
    const Expr* headers = property(argument, "headers");
    const Expr* credentials = property(headers != nullptr ? headers : argument, "authorization");
    if (credentials != nullptr) sink.emit(diag::ClearCredentials, credentials->span);
  }
}

void check_builtin(const CallExpr& call, std::string_view name, const View& view, DiagSink& sink) {
  if (name == "call" && !call.arguments.empty()) {
    const ExprKind target = call.arguments[0]->kind;
    if (target != ExprKind::Name && target != ExprKind::Member && target != ExprKind::Function)
      sink.emit(diag::DynamicMember, call.arguments[0]->span);
  }
  if ((name != "getattr" && name != "hasattr") || call.arguments.size() < 2) return;
  const Expr* member = call.arguments[1];
  std::string word;
  if (!constant_text(member, view.words, word)) {
    sink.emit(diag::DynamicMember, member->span);
  } else if (name == "getattr" && is_host_member(word)) {
    sink.emit(diag::HostMember, member->span, std::string_view(word));
  }
}

}  // namespace

void check_library_call(const CallExpr& call, const stdlib::Entry& entry, const View& view, DiagSink& sink) {
  if (call.arguments.empty()) return;
  if (entry.module == "builtin") check_builtin(call, entry.name, view, sink);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const Expr* argument = call.arguments[i];
    const ArgumentRole role = argument_role(entry, i);
    if (is_path(role)) {
      if (climbs(argument)) sink.emit(diag::PathLeaves, argument->span);
      if (names_sensitive_file(literal(argument))) sink.emit(diag::SensitiveFile, argument->span);
    }
    if (role == ArgumentRole::Pattern && may_backtrack_for_ever(literal(argument)))
      sink.emit(diag::SlowPattern, argument->span);
    if (entry.module == "crypto" && i > 0 && entry.params.size() > i && entry.params[i].name == "algorithm" &&
        (literal(argument) == "md5" || literal(argument) == "sha1"))
      sink.emit(diag::WeakHash, argument->span);
  }
  if (entry.module == "crypto" && (entry.name == "md5" || entry.name == "sha1"))
    sink.emit(diag::WeakHash, call.callee->span);
  if (entry.module == "http" && argument_role(entry, 0) == ArgumentRole::Url) check_request(call, sink);
}

}  // namespace ml::sema
