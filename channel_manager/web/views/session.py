"""Signing in and out."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.utils.translation import gettext_lazy


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy("Name and password do not match. Capital letters count in the password."),
        "inactive": gettext_lazy("This account is switched off. Ask an owner of your store."),
    }
    username = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )


sign_in = LoginView.as_view(
    template_name="registration/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
)
sign_out = LogoutView.as_view()
